"""Probabilities of labels become labelled spans with probabilities.

Of the sequences that are strict IOB2 the one is taken whose words' labels have the highest product of probabilities
(Viterbi, with transitions either allowed or not). The word-by-word argmax is that sequence whenever it is valid, which
it mostly is; only the other sequences are searched.
"""

import math
from dataclasses import dataclass

import numpy as np

from hadath.arrays import Floats, Ids
from hadath.chains import Chain

# No score is 0: an argument's is divided by its trigger's to know what it is without.
_LEAST = 1e-12


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


def spans(chain: Chain) -> list[LabelledSpan]:
    """The spans of the best sequence of a chain, in order.

    A span's probability is that its first word begins it, that it goes on as long as it does, and no longer.
    """
    if not len(chain.log_probs):
        return []
    labels = best_sequence(chain.log_probs)
    found = []
    for first in np.flatnonzero(labels % 2 == 1):
        last = int(first) + 1
        while last < len(labels) and labels[last] == labels[first] + 1:
            last += 1
        score = math.exp(chain.log_probs[first, labels[first]])
        score *= float(np.prod(chain.goes_on[np.arange(first + 1, last), labels[first : last - 1]]))
        if last < len(labels):
            score *= 1 - float(chain.goes_on[last, labels[last - 1]])
        score = min(1.0, max(score, _LEAST))
        found.append(LabelledSpan(first=int(first), last=last, label=int(labels[first] - 1) // 2, score=score))
    return found
