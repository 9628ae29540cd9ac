"""Temperatures and thresholds, chosen on documents that the model was not trained on.

A temperature divides the logits of one kind of decision (Guo et al., 2017, "On Calibration of Modern Neural Networks");
it is the one under which the dev labels are likeliest. A threshold is the one that gives the best dev F1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from hadath.calibration import Calibration
from hadath.model import JointModel
from hadath.schema import Document

from .evaluation.items import pairs
from .examples import IGNORED, Examples
from .trainer import INPUTS, Collator

# A threshold above a half would leave out what is more likely right than wrong.
_THRESHOLDS = [step / 100 for step in range(0, 51, 5)]
_TEMPERATURES = torch.logspace(-1, 1, 101)


@torch.inference_mode()
def fit_temperatures(model: JointModel, dev: Examples, collator: Collator) -> Calibration:
    """The temperatures of the three kinds of decision; arguments and modality are judged on gold triggers."""
    device = next(model.parameters()).device
    model.eval()
    kept: dict[str, list[tuple[Tensor, Tensor]]] = {"trigger_labels": [], "role_labels": [], "modality_labels": []}
    for batch in DataLoader(dev.dataset, batch_size=8, collate_fn=collator):
        scores = model(*(batch[name].to(device) for name in INPUTS))
        for (name, pieces), logits in zip(kept.items(), scores, strict=True):
            chosen = batch[name] != IGNORED
            pieces.append((logits.cpu()[chosen].float(), batch[name][chosen]))
    triggers, arguments, modalities = (_temperature(pieces) for pieces in kept.values())
    return Calibration(trigger_temperature=triggers, argument_temperature=arguments, modality_temperature=modalities)


def _temperature(pieces: Sequence[tuple[Tensor, Tensor]]) -> float:
    logits, labels = (torch.cat(tensors) for tensors in zip(*pieces, strict=True))
    if not len(labels):
        return 1.0
    losses = torch.stack([cross_entropy(logits / temperature, labels) for temperature in _TEMPERATURES])
    return round(float(_TEMPERATURES[losses.argmin()]), 4)


def fit_thresholds(
    calibration: Calibration, gold: Sequence[Document], tag: Callable[[Calibration], Iterable[Document]]
) -> Calibration:
    """The thresholds with the best dev F1: first of triggers, then of the arguments that are left on them.

    `tag` gives the dev documents as tagged under a calibration.
    """
    matched = pairs(gold, list(tag(calibration)))
    triggers = [
        (event.trigger.score, trigger in pair.gold.triggers)
        for pair in matched
        for trigger, event in pair.predicted.triggers.items()
    ]
    calibration = replace(
        calibration, trigger_threshold=_best_threshold(triggers, sum(len(pair.gold.triggers) for pair in matched))
    )
    matched = pairs(gold, list(tag(calibration)))
    arguments = [
        (score, argument in pair.gold.arguments)
        for pair in matched
        for argument, score in pair.predicted.arguments.items()
    ]
    return replace(
        calibration, argument_threshold=_best_threshold(arguments, sum(len(pair.gold.arguments) for pair in matched))
    )


def _best_threshold(judged: Sequence[tuple[float, bool]], gold: int) -> float:
    """The lowest of the thresholds with the best F1, over predictions as (score, right)."""

    def f1(threshold: float) -> float:
        kept = [right for score, right in judged if score >= threshold]
        return 2 * sum(kept) / (len(kept) + gold) if gold else 0.0

    return max(_THRESHOLDS, key=f1)
