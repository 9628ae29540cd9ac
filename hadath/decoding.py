"""Scores of labels become labelled spans with probabilities.

Decoding is exact: the best-scoring sequence that is strict IOB2 (Viterbi, with transitions either allowed or not).
Because words are scored independently, the word-by-word argmax is that sequence whenever it is valid, which it is nine
times in ten; only the other sequences are searched.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledSpan:
    """Words `[first, last)` of the sequence, the index of their class, and the probability of exactly this."""

    first: int
    last: int
    label: int
    score: float


def log_softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Log-probabilities over the last axis; a temperature above 1 flattens them (Guo et al., 2017)."""
    scaled = logits / np.float32(temperature)
    shifted = scaled - scaled.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def best_sequence(log_probs: Floats) -> Ids:
    """`[W, L]` log-probabilities of IOB2 labels (O, B-0, I-0, B-1, …) to the best strict IOB2 sequence, `[W]`."""
    labels: Ids = log_probs.argmax(axis=-1)
    return labels if _is_strict(labels) else _viterbi(log_probs)


def _is_strict(labels: Ids) -> bool:
    """Whether each I-x follows B-x or I-x. Ids of B are odd, of I even, and I-x is B-x + 1."""
    inside = (labels > 0) & (labels % 2 == 0)
    before = np.concatenate([np.zeros(1, labels.dtype), labels[:-1]])
    return bool(np.all(~inside | (before == labels) | (before == labels - 1)))


def _viterbi(log_probs: Floats) -> Ids:
    length, count = log_probs.shape
    came_from = np.zeros((length, count), dtype=np.int64)
    score = log_probs[0].copy()
    score[2::2] = -np.inf
    begin, inside = np.arange(1, count, 2), np.arange(2, count, 2)
    for i in range(1, length):
        came_from[i] = score.argmax()
        best = np.full(count, score.max())
        came_from[i, inside] = np.where(score[begin] >= score[inside], begin, inside)
        best[inside] = np.maximum(score[begin], score[inside])
        score = best + log_probs[i]
    labels = np.zeros(length, dtype=np.int64)
    labels[-1] = score.argmax()
    for i in range(length - 1, 0, -1):
        labels[i - 1] = came_from[i, labels[i]]
    return labels


def spans(log_probs: Floats) -> list[LabelledSpan]:
    """The spans of the best sequence over `[W, L]` log-probabilities, in order.

    A span's probability is that of its labels and of its ending where it does, the words taken as independent.
    """
    if not len(log_probs):
        return []
    labels = best_sequence(log_probs)
    found = []
    for first in np.flatnonzero(labels % 2 == 1):
        last = int(first) + 1
        while last < len(labels) and labels[last] == labels[first] + 1:
            last += 1
        log_score = float(log_probs[np.arange(first, last), labels[first:last]].sum())
        if last < len(labels):
            log_score += float(np.log1p(-min(np.exp(log_probs[last, labels[first] + 1]), 1 - 1e-6)))
        found.append(
            LabelledSpan(
                first=int(first), last=last, label=int(labels[first] - 1) // 2, score=min(1.0, float(np.exp(log_score)))
            )
        )
    return found
