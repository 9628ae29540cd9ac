"""The chain of role labels as it is learned, against all its labellings one by one."""

import itertools

import pytest
import torch
from torch import Tensor

from training.crf import LabelCounts, counts, cross_entropy, expected_counts, log_normaliser

WORDS, LABELS = 4, 3


def chains(lengths: tuple[int, ...] = (4, 2)) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, transitions of which one is ruled out, and which words are there."""
    torch.manual_seed(0)
    transitions = torch.randn(LABELS, LABELS)
    transitions[0, 2] = -1e4
    there = torch.arange(WORDS) < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), WORDS, LABELS) * 2, transitions, there


def scored(logits: Tensor, transitions: Tensor, length: int) -> dict[tuple[int, ...], float]:
    """The score of every labelling of one sequence, before whose first word stands an O."""
    return {
        labels: sum(float(logits[i, label]) for i, label in enumerate(labels))
        + sum(float(transitions[pair]) for pair in itertools.pairwise((0, *labels)))
        for labels in itertools.product(range(LABELS), repeat=length)
    }


def test_the_normaliser_sums_over_all_labellings_of_the_words_that_are_there() -> None:
    logits, transitions, there = chains()
    expected = [
        torch.tensor(list(scored(each, transitions, length).values())).logsumexp(0).item()
        for each, length in zip(logits, there.sum(1).tolist(), strict=True)
    ]
    assert log_normaliser(logits, transitions, there).tolist() == pytest.approx(expected, rel=1e-5)


def test_against_one_labelling_the_loss_is_its_negative_log_likelihood() -> None:
    logits, transitions, there = chains()
    labels = torch.tensor([[1, 2, 0, 1], [1, 1, -100, -100]])
    losses = cross_entropy(logits, transitions, there, counts(labels, there, LABELS))
    for loss, each, length, given in zip(losses, logits, there.sum(1).tolist(), labels.tolist(), strict=True):
        scores = scored(each, transitions, length)
        total = torch.tensor(list(scores.values())).logsumexp(0).item()
        assert loss.item() == pytest.approx(total - scores[tuple(given[:length])], rel=1e-4)


def test_expected_counts_are_the_mean_over_the_distribution() -> None:
    logits, transitions, there = chains((3,))
    scores = scored(logits[0], transitions, 3)
    total = torch.tensor(list(scores.values())).logsumexp(0).item()
    labels = torch.tensor([[*labels, -100] for labels in scores])
    each = counts(labels, there.expand(len(labels), -1), LABELS)
    weights = (torch.tensor(list(scores.values())) - total).exp()
    found = expected_counts(logits, transitions, there)
    for mean, those in zip(found, each, strict=True):
        torch.testing.assert_close(mean[0], (weights[:, None, None] * those).sum(0), atol=1e-5, rtol=1e-4)


def test_the_loss_is_least_against_the_distribution_itself() -> None:
    logits, transitions, there = chains()
    target = expected_counts(logits, transitions, there)
    learned = (logits.clone().requires_grad_(), transitions.clone().requires_grad_())
    gradients = torch.autograd.grad(cross_entropy(*learned, there, target).sum(), learned)
    for gradient in gradients:
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-5, rtol=0)


def test_words_that_are_not_there_count_nothing() -> None:
    logits, transitions, there = chains((2,))
    changed = logits.clone()
    changed[:, 2:] += 5
    labels = torch.tensor([[1, 0, -100, -100]])
    target: LabelCounts = counts(labels, there, LABELS)
    torch.testing.assert_close(
        cross_entropy(changed, transitions, there, target), cross_entropy(logits, transitions, there, target)
    )
    assert target.labels.sum() == 2
    assert target.pairs.sum() == 2
