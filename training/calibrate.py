"""Temperatures and thresholds for an engine, chosen on documents that its model was not trained on.

A temperature divides the logits of one kind of decision (Guo et al., 2017, "On Calibration of Modern Neural Networks");
it is the one under which the dev labels are likeliest. A threshold is the one that gives the best dev F1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from hadath.calibration import Calibration
from hadath.decoding import log_softmax
from hadath.engine import Engine, Floats
from hadath.schema import Document
from hadath.windows import Ids, Window

from .evaluation.items import pairs
from .evaluation.metrics import judged
from .examples import IGNORED, Examples

# A threshold above a half would leave out what is more likely right than wrong.
_THRESHOLDS = [step / 100 for step in range(0, 51, 5)]
_TEMPERATURES = np.logspace(-1, 1, 101)
Decisions = tuple[Floats, Ids]  # logits [n, labels] and the right labels [n]


def fit_temperatures(engine: Engine, dev: Examples) -> Calibration:
    """The temperatures of the three kinds of decision; arguments and modality are judged on gold triggers."""
    triggers: list[Decisions] = []
    arguments: list[Decisions] = []
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
            roles, modality = engine.arguments(encoded.states, row["trigger_words"], row["trigger_types"])
            arguments.append((roles.reshape(-1, roles.shape[-1]), np.stack(row["role_labels"]).reshape(-1)))
            modalities.append((modality, row["modalities"]))
    return Calibration(
        trigger_temperature=temperature(triggers),
        argument_temperature=temperature(arguments),
        modality_temperature=temperature(modalities),
    )


def temperature(decisions: Sequence[Decisions]) -> float:
    """The temperature under which the right labels are likeliest; 1 where nothing was decided."""
    if not decisions:
        return 1.0
    logits, labels = (np.concatenate(arrays) for arrays in zip(*decisions, strict=True))
    right = np.arange(len(labels)), labels
    return round(float(max(_TEMPERATURES, key=lambda each: log_softmax(logits, each)[right].sum())), 4)


def fit_thresholds(
    calibration: Calibration, gold: Sequence[Document], tag: Callable[[Calibration], Iterable[Document]]
) -> Calibration:
    """The thresholds with the best dev F1: first of triggers, then of the arguments that are left on them.

    `tag` gives the dev documents as tagged under a calibration.
    """
    matched = pairs(gold, list(tag(calibration)))
    triggers, _ = judged(matched)
    best = best_threshold(triggers, sum(len(pair.gold.triggers) for pair in matched))
    calibration = replace(calibration, trigger_threshold=best)
    matched = pairs(gold, list(tag(calibration)))
    _, arguments = judged(matched)
    best = best_threshold(arguments, sum(len(pair.gold.arguments) for pair in matched))
    return replace(calibration, argument_threshold=best)


def best_threshold(scored: Sequence[tuple[float, bool]], gold: int) -> float:
    """The lowest of the thresholds with the best F1, over predictions as (score, right) and the count of gold items."""

    def f1(threshold: float) -> float:
        kept = [right for score, right in scored if score >= threshold]
        return 2 * sum(kept) / (len(kept) + gold) if gold else 0.0

    return max(_THRESHOLDS, key=f1)
