"""What the joint model is trained by."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from hadath.model import Scores

from . import crf
from .config import LossConfig
from .examples import IGNORED


class Answers(NamedTuple):
    """Probabilities of trigger labels `[B, W, labels]` and of modalities `[B, T, modalities]`, and the counts of
    the role labels in the B × T sequences."""

    triggers: Tensor
    roles: crf.LabelCounts
    modalities: Tensor

    def mixed(self, other: "Answers", share: float) -> "Answers":
        """Of both, of which the other's weigh `share` and these 1 - share."""
        mine, theirs = (self.triggers, *self.roles, self.modalities), (other.triggers, *other.roles, other.modalities)
        triggers, labels, pairs, modalities = (a.lerp(b, share) for a, b in zip(mine, theirs, strict=True))
        return Answers(triggers, crf.LabelCounts(labels, pairs), modalities)


def joint_loss(
    scores: Scores,
    batch: Mapping[str, Tensor],
    weights: LossConfig,
    teachers: Answers | None = None,
    share: float = 0.0,
) -> Tensor:
    """The weighted sum of the cross-entropies of triggers, arguments and modality; zero without any label.

    That of triggers is a mean over words, that of modality over triggers. That of arguments is a mean over triggers as
    well, of the negative log-likelihood of a trigger's whole sequence of role labels.

    Of each, `share` is that against the answers of teachers, the rest that against the labels.
    """
    answers = right_answers(scores, batch)
    if teachers:
        answers = answers.mixed(teachers, share)
    words, triggers = (batch[name] != IGNORED for name in ("trigger_labels", "modality_labels"))
    trigger_loss = mean_cross_entropy(scores.triggers, answers.triggers, words)
    modality_loss = mean_cross_entropy(scores.modalities, answers.modalities, triggers)
    sequences = crf.cross_entropy(scores.roles.flatten(0, 1), scores.transitions[0], role_words(batch), answers.roles)
    role_loss = (sequences * triggers.flatten()).sum() / triggers.sum().clamp_min(1)
    return trigger_loss + weights.arguments * role_loss + weights.modality * modality_loss


def disagreement(one: Scores, other: Scores, batch: Mapping[str, Tensor], weights: LossConfig) -> Tensor:
    """How far from each other two passes over a batch are that dropout made different: the mean loss of each against
    what the other says.

    R-Drop (Liang et al., 2021, "R-Drop: Regularized Dropout for Neural Networks"), by cross-entropy in place of its
    divergence and with the other's answers held fixed. No label is needed.
    """
    pairs = ((one, other), (other, one))
    losses = [joint_loss(mine, batch, weights, answers_of(theirs, batch), 1.0) for mine, theirs in pairs]
    return torch.stack(losses).mean()


@torch.no_grad()
def answers_of(scores: Scores, batch: Mapping[str, Tensor]) -> Answers:
    """What a model says, to be learned by another or at another time."""
    return Answers(
        scores.triggers.float().softmax(-1),
        crf.expected_counts(scores.roles.flatten(0, 1), scores.transitions[0], role_words(batch)),
        scores.modalities.float().softmax(-1),
    )


def right_answers(scores: Scores, batch: Mapping[str, Tensor]) -> Answers:
    """Those of the labels; nothing on what is ignored."""
    return Answers(
        _one_hot(batch["trigger_labels"], scores.triggers.shape[-1]),
        crf.counts(batch["role_labels"].flatten(0, 1), role_words(batch), scores.roles.shape[-1]),
        _one_hot(batch["modality_labels"], scores.modalities.shape[-1]),
    )


def role_words(batch: Mapping[str, Tensor]) -> Tensor:
    """Which words the sequences of role labels have, `[B × T, W]`."""
    return (batch["role_labels"] != IGNORED).flatten(0, 1)


def _one_hot(labels: Tensor, size: int) -> Tensor:
    there = labels != IGNORED
    return one_hot(labels * there, size).float() * there.unsqueeze(-1)


def mean_cross_entropy(logits: Tensor, probabilities: Tensor, decided: Tensor) -> Tensor:
    """Of `[…, L]` against probabilities, a mean over the places that are decided, `[…]`."""
    each = -(probabilities * log_softmax(logits, -1)).sum(-1)
    return (each * decided).sum() / decided.sum().clamp_min(1)
