"""The joint model on `transformers.Trainer`: batches, learning rates, and scores of what `Tagger` returns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Trainer

from hadath.model import JointModel

from .config import LossConfig
from .distill import Teachers
from .examples import IGNORED, INPUTS
from .loss import disagreement, joint_loss

Row = Mapping[str, Any]
Batch = dict[str, Tensor]


class Collator:
    """Pads rows of the examples' dataset into one batch. A batch without a trigger gets one that nothing learns from,
    so that every weight takes part in every step, which distributed training expects."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, rows: Sequence[Row]) -> Batch:
        """Rows to tensors `[B, …]`; what is padding is `IGNORED` in the labels."""
        words = max(len(row["positions"]) for row in rows)
        triggers = max(1, *(len(row["trigger_words"]) for row in rows))
        roles = torch.full((len(rows), triggers, words), IGNORED)
        for i, row in enumerate(rows):
            if row["role_labels"]:
                labels = torch.tensor(row["role_labels"])
                roles[i, : labels.shape[0], : labels.shape[1]] = labels
        return {
            "input_ids": _padded(rows, "input_ids", self._pad_id),
            "attention_mask": _padded([{"mask": [1] * len(row["input_ids"])} for row in rows], "mask", 0),
            "positions": _padded(rows, "positions", 0, words),
            "trigger_words": _padded(rows, "trigger_words", 0, triggers),
            "trigger_types": _padded(rows, "trigger_types", 0, triggers),
            "trigger_labels": _padded(rows, "trigger_labels", IGNORED, words),
            "modality_labels": _padded(rows, "modalities", IGNORED, triggers),
            "role_labels": roles,
        }


def _padded(rows: Sequence[Row], column: str, value: int, width: int = 0) -> Tensor:
    width = width or max(len(row[column]) for row in rows)
    return torch.tensor([[*row[column], *[value] * (width - len(row[column]))] for row in rows])


class TaggingTrainer(Trainer):
    """`score` gives the metrics of the model as it stands, by what the tagger makes of the dev documents."""

    def __init__(
        self,
        model: JointModel,
        *,
        weights: LossConfig,
        head_factor: float,
        teachers: Teachers | None = None,
        score: Callable[[], Mapping[str, float]],
        **rest: Any,
    ) -> None:
        super().__init__(model, **rest)
        self.joint = model
        self._weights = weights
        self._head_factor = head_factor
        self._teachers = teachers
        self._score = score

    def compute_loss(
        self, model: nn.Module, inputs: Batch, return_outputs: bool = False, num_items_in_batch: object = None
    ) -> Tensor | tuple[Tensor, Any]:
        """The joint loss of one batch, whose parts have counts of their own: that of items is not needed."""
        scores = model(*(inputs[name] for name in INPUTS))
        answers, share = None, 0.0
        if self._teachers:
            with self.accelerator.autocast():
                answers, share = self._teachers.answers(inputs), self._teachers.weight
        loss = joint_loss(scores, inputs, self._weights, answers, share)
        if model.training and self._weights.consistency:
            other = model(*(inputs[name] for name in INPUTS))
            loss = (loss + joint_loss(other, inputs, self._weights, answers, share)) / 2
            loss = loss + self._weights.consistency * disagreement(scores, other, inputs, self._weights)
        return (loss, scores) if return_outputs else loss

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """AdamW with a higher learning rate for the heads, and decay for matrices alone."""
        if self.optimizer is None:
            decaying = set(self.get_decay_parameter_names(self.joint))
            groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
            for name, parameter in self.joint.named_parameters():
                groups.setdefault((name.startswith("encoder."), name in decaying), []).append(parameter)
            kind, settings = self.get_optimizer_cls_and_kwargs(self.args)
            self.optimizer = kind(
                [
                    {
                        "params": parameters,
                        "lr": self.args.learning_rate * (1 if in_encoder else self._head_factor),
                        "weight_decay": self.args.weight_decay if decays else 0.0,
                    }
                    for (in_encoder, decays), parameters in groups.items()
                ],
                **settings,
            )
        return self.optimizer

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """The scores of the dev documents; callbacks see them as they would see the trainer's own."""
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in self._score().items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics
