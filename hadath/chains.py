"""The labels of a sequence of words as a chain: a distribution over label sequences, of which decoding asks two things.

Triggers are decided word by word; the role labels of one trigger are a linear-chain conditional random field (Lafferty
et al., 2001, "Conditional Random Fields"). Axes: T chains, W words, L labels in IOB2 (O, B-0, I-0, B-1, …).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hadath.arrays import Floats, Ids

# The least score below the best: no label and no transition is so unlikely that a chain could break at it. Three such
# factors still are no zero.
_LEAST = -200.0


@dataclass(frozen=True, slots=True)
class Chain:
    """`log_probs`: of each word's labels, `[W, L]`. `goes_on`, `[W, L]`: for each label of the word before, the
    probability that its span goes on in this word; of no meaning for O and the first word."""

    log_probs: Floats
    goes_on: Floats


def independent_labels(log_probs: Floats) -> Chain:
    """The chain of words whose labels, `[W, L]`, hang on nothing but the word."""
    return Chain(log_probs, np.exp(log_probs)[:, _inside(log_probs.shape[1])])


def field_chains(logits: Floats, transitions: Floats, temperature: float = 1.0) -> list[Chain]:
    """The T chains of a conditional random field over strict IOB2 sequences, by the forward-backward algorithm.

    Logits `[T, W, L]`; transitions `[L, L]`, from a label to the next; the temperature divides both. Before the first
    word stands an O.
    """
    scaled = logits.astype(np.float64) / temperature
    emissions = _weights(scaled, scaled.max(axis=-1, keepdims=True)).transpose(1, 0, 2)
    scaled = transitions.astype(np.float64) / temperature
    moves = _weights(scaled, scaled.max()) * strict_pairs(len(transitions))
    forward, backward = _messages(emissions, moves)
    inside = _inside(len(moves))
    rest = backward[1:] @ moves.T  # of all words after one, given its label
    marginals = forward.copy()
    marginals[:-1] *= rest
    marginals /= marginals.sum(axis=-1, keepdims=True)
    goes_on = np.zeros_like(marginals)
    goes_on[1:] = moves[np.arange(len(moves)), inside] * backward[1:, :, inside] / rest
    log_probs = np.log(np.maximum(marginals, np.finfo(np.float32).tiny))
    pairs = zip(log_probs.swapaxes(0, 1), goes_on.swapaxes(0, 1), strict=True)
    return [Chain(each.astype(np.float32), going.astype(np.float32)) for each, going in pairs]


def _weights(scores: NDArray[np.float64], best: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.exp(np.maximum(scores - best, _LEAST))
    return weights


@cache
def strict_pairs(labels: int) -> NDArray[np.bool_]:
    """`[L, L]`: whether the second label may follow the first: I-x follows B-x and I-x alone."""
    ids = np.arange(labels)
    inside = (ids > 0) & (ids % 2 == 0)
    allowed: NDArray[np.bool_] = ~inside | (_inside(labels)[:, None] == ids)
    return allowed


def _messages(emissions: NDArray[np.float64], moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the words up to each, and from each on, say of its label: `[2, W, T, L]`, each summing to 1 over labels.

    Emissions `[W, T, L]` and moves `[L, L]` are exponentiated scores. Both directions go in one loop: the arrays are so
    small that the number of calls is what costs.
    """
    messages = np.stack([emissions, emissions[::-1]])
    messages[0, 0] *= moves[0]
    both = np.stack([moves, moves.T])
    message = messages[:, 0]
    message /= message.sum(axis=-1, keepdims=True)
    for place in range(1, messages.shape[1]):
        message = message @ both
        message *= messages[:, place]
        message /= message.sum(axis=-1, keepdims=True)
        messages[:, place] = message
    messages[1] = messages[1, ::-1].copy()
    return messages


@cache
def _inside(labels: int) -> Ids:
    """Of each label the one in which its span goes on; of O itself."""
    ids = np.arange(labels)
    return ids + ids % 2
