"""The calibration of an engine, found on documents that its model was not trained on.

A temperature divides the logits of one kind of decision (Guo et al., 2017, "On Calibration of Modern Neural Networks");
it is the one under which the dev labels are likeliest. Whether a whole span is right is another question than which
label a word has, so a map from its score to a probability follows (Platt, 1999, "Probabilistic Outputs for Support
Vector Machines"). `thresholds` then says what is left out.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch

from hadath.arrays import Floats, Ids
from hadath.calibration import EDGE, Calibration, ScoreMap
from hadath.chains import strict_pairs
from hadath.decoding import log_softmax
from hadath.engine import Engine, Linked
from hadath.model import RULED_OUT
from hadath.schema import Document
from hadath.windows import Window

from . import crf
from .evaluation.items import judged_triggers, pairs
from .examples import IGNORED, Examples

# Predictions that a map needs.
_ENOUGH = 40
_TEMPERATURES = np.logspace(-1, 1, 101)
_NEWTON_STEPS = 50
Decisions = tuple[Floats, Ids]  # logits [n, labels] and the right labels [n]
Scored = list[tuple[float, bool]]  # predictions: the score of each, and whether it is right


def fit_temperatures(engine: Engine, dev: Examples) -> Calibration:
    """The temperatures of the three kinds of decision; arguments and modality are judged on gold triggers."""
    triggers: list[Decisions] = []
    arguments: list[tuple[Linked, Ids]] = []
    modalities: list[Decisions] = []
    for row in dev.dataset.with_format("numpy"):
        count = len(row["positions"])
        window = Window(
            input_ids=row["input_ids"], positions=row["positions"], words=np.arange(count), owned=slice(0, count)
        )
        (encoded,) = engine.encode([window])
        owned = row["trigger_labels"] != IGNORED
        triggers.append((encoded.trigger_logits[owned], row["trigger_labels"][owned]))
        if len(row["trigger_words"]):
            linked = engine.arguments(encoded.states, row["trigger_words"], row["trigger_types"])
            arguments.append((linked, np.stack(row["role_labels"])))
            modalities.append((linked.modality_logits, row["modalities"]))
    return Calibration(
        trigger_temperature=temperature(triggers),
        argument_temperature=chain_temperature(arguments),
        modality_temperature=temperature(modalities),
    )


def temperature(decisions: Sequence[Decisions]) -> float:
    """The temperature under which the right labels are likeliest; 1 where nothing was decided."""
    if not decisions:
        return 1.0
    logits, labels = (np.concatenate(arrays) for arrays in zip(*decisions, strict=True))
    right = np.arange(len(labels)), labels
    return _likeliest(lambda each: float(log_softmax(logits, each)[right].sum()))


def chain_temperature(decisions: Sequence[tuple[Linked, Ids]]) -> float:
    """The same for chains of role labels, of which each window's right ones `[T, W]` are given."""
    if not decisions:
        return 1.0
    chains = []
    for linked, labels in decisions:
        there = torch.ones(labels.shape, dtype=torch.bool)
        allowed = torch.from_numpy(strict_pairs(len(linked.transitions)))
        transitions = torch.where(allowed, torch.from_numpy(linked.transitions), RULED_OUT)
        right = crf.counts(torch.from_numpy(labels), there, len(allowed))
        chains.append((torch.from_numpy(linked.role_logits), transitions, there, right))

    def log_likelihood(temperature: float) -> float:
        return -sum(
            float(crf.cross_entropy(logits / temperature, transitions / temperature, there, right).sum())
            for logits, transitions, there, right in chains
        )

    return _likeliest(log_likelihood)


def _likeliest(log_likelihood: Callable[[float], float]) -> float:
    """The best temperature. A log-likelihood has a single peak over them, being concave in what the scores are
    multiplied by, so that a few are enough to find it."""
    known = cache(lambda place: log_likelihood(float(_TEMPERATURES[place])))
    low, high = 0, len(_TEMPERATURES) - 1
    while low < high:
        middle = (low + high) // 2
        if known(middle) < known(middle + 1):
            low = middle + 1
        else:
            high = middle
    return round(float(_TEMPERATURES[low]), 4)


def fit_maps(gold: Sequence[Document], tagged: Sequence[Document]) -> tuple[ScoreMap, ScoreMap]:
    """The maps from scores to probabilities, of triggers and of the arguments of right triggers.

    `tagged` is all that the model finds in the gold documents, with scores that no map has changed.
    """
    matched = pairs(gold, tagged)
    triggers = [(each.score, each.right) for each in judged_triggers(matched)]
    given_trigger = [
        (score / pair.predicted.triggers[argument.trigger].trigger.score, argument in pair.gold.arguments)
        for pair in matched
        for argument, score in pair.predicted.arguments.items()
        if argument.trigger in pair.gold.triggers
    ]
    return score_map(triggers), score_map(given_trigger)


def score_map(scored: Scored) -> ScoreMap:
    """The map under which the judgements are likeliest, by Newton's method on Platt's smoothed targets.

    The one that changes nothing where they are few, all right or all wrong, or where higher scores are no better.
    """
    right = sum(each for _, each in scored)
    if len(scored) < _ENOUGH or not 0 < right < len(scored):
        return ScoreMap()
    high, low = (right + 1) / (right + 2), 1 / (len(scored) - right + 2)
    targets = np.array([high if each else low for _, each in scored])
    scores = np.clip([score for score, _ in scored], EDGE, 1 - EDGE)
    inputs = np.stack([np.log(scores / (1 - scores)), np.ones(len(scored))], axis=1)
    line = np.array([0.0, math.log(right / (len(scored) - right))])
    for _ in range(_NEWTON_STEPS):
        found = 1 / (1 + np.exp(-inputs @ line))
        curvature = inputs.T @ (inputs * (found * (1 - found))[:, None]) + 1e-9 * np.eye(2)
        line += np.linalg.solve(curvature, inputs.T @ (targets - found))
    slope, offset = (round(float(value), 4) for value in line)
    return ScoreMap(slope=slope, offset=offset) if slope > 0 else ScoreMap()
