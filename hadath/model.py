"""The joint model in torch: one encoder pass, then triggers, and for each trigger its arguments and modality.

Axes: B windows of a batch, n sub-words, W words, T triggers, D the encoder's width, H the heads' width.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from hadath.ontology import Ontology

# The logit of what the ontology rules out: small enough to be no probability, large enough for half precision.
RULED_OUT = -1e4


@dataclass(frozen=True, kw_only=True)
class HeadShape:
    """`hidden`: width of the argument and modality heads. `reach`: distances beyond it, in words, are one."""

    hidden: int = 256
    reach: int = 48
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.hidden < 1 or self.reach < 1 or not 0 <= self.dropout < 1:
            raise ValueError(f"{self}: expected hidden and reach above 0, and a dropout from 0 to below 1")


class Standardise(nn.Module):
    """Subtracts a mean and divides by a deviation per dimension, both measured once and kept.

    The output vectors of contrastively trained encoders lie in a narrow cone, where linear heads learn very slowly.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def measure(self, states: Tensor) -> None:
        """Take mean and deviation from states `[tokens, D]`."""
        self.mean.copy_(states.mean(dim=0))
        self.deviation.copy_(states.std(dim=0).clamp_min(1e-3))

    def forward(self, states: Tensor) -> Tensor:
        """`[…, D]` to `[…, D]`."""
        return (states - self.mean) / self.deviation


class ArgumentHead(nn.Module):
    """Scores every word of a window in every role of every trigger, and what role label follows what.

    A multi-layer perceptron over word, trigger, their product, the event type and the signed distance in words. Its
    first layer is a sum of one projection of each, so a pair costs an addition and the output layer only.
    """

    licensed: Tensor

    def __init__(self, width: int, ontology: Ontology, shape: HeadShape) -> None:
        super().__init__()
        self.reach = shape.reach
        self.word = nn.Linear(width, shape.hidden)
        self.trigger = nn.Linear(width, shape.hidden)
        self.word_factor = nn.Linear(width, shape.hidden, bias=False)
        self.trigger_factor = nn.Linear(width, shape.hidden, bias=False)
        self.type_embedding = nn.Embedding(len(ontology.types), shape.hidden)
        self.distance_embedding = nn.Embedding(2 * shape.reach + 1, shape.hidden)
        self.dropout = nn.Dropout(shape.dropout)
        self.output = nn.Linear(shape.hidden, len(ontology.role_labels))
        self.transitions = nn.Parameter(torch.zeros(len(ontology.role_labels), len(ontology.role_labels)))
        for table in (self.type_embedding, self.distance_embedding):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("licensed", _licensed_labels(ontology), persistent=False)

    def forward(self, states: Tensor, trigger_words: Tensor, trigger_types: Tensor) -> Tensor:
        """States `[B, W, D]`, triggers `[B, T]` (index of the word, id of the type) to logits `[B, T, W, roles]`."""
        triggers = _at(states, trigger_words)  # [B, T, D]
        offsets = torch.arange(states.shape[1], device=states.device) - trigger_words.unsqueeze(-1)  # [B, T, W]
        hidden = (
            self.word(states).unsqueeze(1)
            + (self.trigger(triggers) + self.type_embedding(trigger_types)).unsqueeze(2)
            + self.word_factor(states).unsqueeze(1) * self.trigger_factor(triggers).unsqueeze(2)
            + self.distance_embedding(offsets.clamp(-self.reach, self.reach) + self.reach)
        )  # [B, T, W, H]
        logits: Tensor = self.output(self.dropout(nn.functional.gelu(hidden)))
        return torch.where(self.licensed[trigger_types].unsqueeze(2), logits, RULED_OUT)


def without_pooler(encoder: PreTrainedModel) -> PreTrainedModel:
    """The encoder less the sentence vector that some have: no word needs it, so it would stay untrained."""
    if hasattr(encoder, "pooler"):
        encoder.register_module("pooler", None)
    return encoder


class Scores(NamedTuple):
    """What the joint model makes of a batch. The role labels of one trigger are a chain, with transitions.

    That I-x follows B-x and I-x alone is not said here: it is learned, and decoding holds to it. With the rule in
    training too, one seed was no better (docs/experiments/changes.md).
    """

    triggers: Tensor  # [B, W, trigger labels]
    roles: Tensor  # [B, T, W, role labels]
    transitions: Tensor  # [B, role labels, role labels], the same for all
    modalities: Tensor  # [B, T, modalities]


class JointModel(nn.Module):
    """An encoder with its heads. `encode` and `arguments` are the two steps of use; `forward` is both, for training."""

    encoder: PreTrainedModel

    def __init__(self, encoder: PreTrainedModel, ontology: Ontology, shape: HeadShape) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.standardise = Standardise(width)
        self.dropout = nn.Dropout(shape.dropout)
        self.trigger_head = nn.Linear(width, len(ontology.trigger_labels))
        self.argument_head = ArgumentHead(width, ontology, shape)
        self.modality_head = nn.Sequential(
            nn.Linear(width, shape.hidden),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.hidden, len(ontology.modalities)),
        )

    @property
    def pad_id(self) -> int:
        """What fills a shorter window of a batch; some encoders number positions by it."""
        return self.encoder.config.pad_token_id or 0

    def encode(
        self, input_ids: Tensor, positions: Tensor, attention_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Sub-words `[B, n]` and the place of each word's first, `[B, W]`, to states `[B, W, D]` and trigger logits."""
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        states = self.dropout(self.standardise(_at(output, positions)))
        return states, self.trigger_head(states)

    def arguments(self, states: Tensor, trigger_words: Tensor, trigger_types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of triggers `[B, T]` the role logits, transitions and modality logits: see `Scores`."""
        roles = self.argument_head(states, trigger_words, trigger_types)
        # With the axis of the batch like all that is handed out: training on several devices counts on it.
        transitions = self.argument_head.transitions.expand(len(states), -1, -1)
        return roles, transitions, self.modality_head(_at(states, trigger_words))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        positions: Tensor,
        trigger_words: Tensor,
        trigger_types: Tensor,
    ) -> Scores:
        """All scores of a batch."""
        states, triggers = self.encode(input_ids, positions, attention_mask)
        return Scores(triggers, *self.arguments(states, trigger_words, trigger_types))


def _at(states: Tensor, places: Tensor) -> Tensor:
    """The vectors of `[B, n, D]` at `[B, k]`: `[B, k, D]`."""
    return states.gather(1, places.unsqueeze(-1).expand(-1, -1, states.shape[-1]))


def _licensed_labels(ontology: Ontology) -> Tensor:
    """`[types, role labels]`: whether an event of the type may take the role; O always."""
    labels = ontology.role_labels
    mask = torch.zeros(len(ontology.types), len(labels), dtype=torch.bool)
    mask[:, 0] = True
    for i, kind in enumerate(ontology.types):
        for role in kind.roles:
            mask[i, [labels.begin(role), labels.inside(role)]] = True
    return mask
