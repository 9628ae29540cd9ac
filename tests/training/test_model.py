"""The joint model: what it rules out, what padding changes, what its loss learns from."""

import math

import pytest
import torch

from hadath.model import RULED_OUT, JointModel, Scores, Standardise
from hadath.ontology import Ontology
from training.config import LossConfig
from training.examples import IGNORED, INPUTS
from training.loss import joint_loss
from training.trainer import Collator


def row(words: int, triggers: int, ontology: Ontology) -> dict[str, list[int] | list[list[int]]]:
    return {
        "input_ids": [2, *range(4, 4 + words), 3],
        "positions": list(range(1, 1 + words)),
        "trigger_labels": [1] * words,
        "trigger_words": list(range(triggers)),
        "trigger_types": list(range(triggers)),
        "modalities": [0] * triggers,
        "role_labels": [[0] * words for _ in range(triggers)],
    }


def test_roles_that_the_type_does_not_license_are_ruled_out(model: JointModel, ontology: Ontology) -> None:
    types = torch.arange(len(ontology.types))
    logits, *_ = model.arguments(torch.randn(1, 6, 32), torch.zeros(1, len(types), dtype=torch.long), types[None])
    for kind, scores in zip(ontology.types, logits[0], strict=True):
        allowed = {name for role in kind.roles for name in (f"B-{role}", f"I-{role}")} | {"O"}
        ruled_out = {
            name for i, name in enumerate(ontology.role_labels.names) if bool((scores[:, i] == RULED_OUT).all())
        }
        assert ruled_out == set(ontology.role_labels.names) - allowed


def test_padding_changes_no_score(model: JointModel, ontology: Ontology) -> None:
    rows = [row(5, 2, ontology), row(9, 4, ontology)]
    collate = Collator(model.pad_id)
    together = model(*(collate(rows)[name] for name in INPUTS))
    alone = model(*(collate(rows[:1])[name] for name in INPUTS))
    for name in ("triggers", "roles", "modalities"):
        padded, plain = getattr(together, name), getattr(alone, name)
        assert torch.allclose(padded[0][tuple(slice(n) for n in plain[0].shape)], plain[0], atol=1e-5)


def test_a_batch_without_triggers_has_a_finite_loss(model: JointModel, ontology: Ontology) -> None:
    batch = Collator(model.pad_id)([row(5, 0, ontology)])
    loss = joint_loss(model(*(batch[name] for name in INPUTS)), batch, LossConfig())
    assert torch.isfinite(loss)


def test_what_is_ignored_teaches_nothing(model: JointModel, ontology: Ontology) -> None:
    batch = Collator(model.pad_id)([row(5, 2, ontology)])
    for name in ("trigger_labels", "role_labels", "modality_labels"):
        batch[name] = torch.full_like(batch[name], IGNORED)
    assert joint_loss(model(*(batch[name] for name in INPUTS)), batch, LossConfig()).item() == 0


def test_every_head_learns_from_a_batch(model: JointModel, ontology: Ontology) -> None:
    batch = Collator(model.pad_id)([row(5, 2, ontology)])
    heads = {name: weight for name, weight in model.named_parameters() if not name.startswith("encoder.")}
    loss = joint_loss(model(*(batch[name] for name in INPUTS)), batch, LossConfig())
    gradients = dict(zip(heads, torch.autograd.grad(loss, list(heads.values())), strict=True))
    assert [name for name, gradient in gradients.items() if not gradient.any()] == []


def test_an_argument_counts_as_much_in_a_long_window_as_in_a_short_one(ontology: Ontology) -> None:
    def loss(words: int, triggers: int) -> float:
        """Of triggers that are all wrong about one word, and sure of the others."""
        batch = Collator(0)([row(words, triggers, ontology)])
        roles = torch.zeros(1, triggers, words, len(ontology.role_labels))
        roles[:, :, 1:, 0] = 100
        free = torch.zeros(1, len(ontology.role_labels), len(ontology.role_labels))
        scores = Scores(torch.zeros(1, words, len(ontology.trigger_labels)), roles, free, torch.zeros(1, triggers, 3))
        parts = [joint_loss(scores, batch, LossConfig(arguments=weight, modality=0)).item() for weight in (0, 1)]
        return parts[1] - parts[0]

    assert loss(10, 2) == pytest.approx(math.log(len(ontology.role_labels)), rel=1e-4)
    assert loss(100, 2) == pytest.approx(loss(10, 2), rel=1e-4)
    assert loss(10, 8) == pytest.approx(loss(10, 2), rel=1e-4)


def test_padded_triggers_and_words_count_nothing_in_the_loss(model: JointModel, ontology: Ontology) -> None:
    weights = LossConfig(arguments=1, modality=0)

    def loss(*rows: dict[str, list[int] | list[list[int]]]) -> torch.Tensor:
        """Of arguments alone."""
        batch = Collator(model.pad_id)(list(rows))
        batch["trigger_labels"] = torch.full_like(batch["trigger_labels"], IGNORED)
        return joint_loss(model(*(batch[name] for name in INPUTS)), batch, weights)

    one, three = row(5, 1, ontology), row(9, 3, ontology)
    torch.testing.assert_close(loss(one, three), (loss(one) + 3 * loss(three)) / 4, rtol=1e-4, atol=1e-4)


def test_standardised_states_have_mean_0_and_deviation_1() -> None:
    torch.manual_seed(0)
    states = torch.randn(1000, 4) * 0.15 + torch.tensor([4.0, -2.0, 0.5, 0.0])
    layer = Standardise(4)
    layer.measure(states)
    assert layer(states).mean(dim=0).abs().max() == pytest.approx(0, abs=1e-3)
    assert layer(states).std(dim=0) == pytest.approx(torch.ones(4), abs=1e-3)
