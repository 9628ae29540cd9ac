"""A linear-chain conditional random field over the role labels of one trigger's words, as it is learned.

Lafferty et al., 2001, "Conditional Random Fields". `hadath.chains` is its use.
Axes: N sequences, W words, L labels. Before the first word stands an O, whose id is 0.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot


class LabelCounts(NamedTuple):
    """How often each label stands on each word, `[N, W, L]`, and each follows each in a sequence, `[N, L, L]`.

    Of one labelling these are whole numbers, of a distribution over labellings their expectations.
    """

    labels: Tensor
    pairs: Tensor


def counts(labels: Tensor, there: Tensor, size: int) -> LabelCounts:
    """Of sequences of label ids `[N, W]`, as long as `there` `[N, W]` says."""
    each = one_hot(labels * there, size).float() * there.unsqueeze(-1)
    before = torch.cat([one_hot(torch.zeros_like(labels[:, :1]), size).float(), each[:, :-1]], dim=1)
    return LabelCounts(each, before.transpose(1, 2) @ each)


def expected_counts(logits: Tensor, transitions: Tensor, there: Tensor) -> LabelCounts:
    """Of the distribution that logits and transitions make: the derivatives of the logarithm of its normaliser.

    Not to be called in `torch.inference_mode`, under which nothing can be derived.
    """
    with torch.enable_grad():
        logits = logits.detach().float().requires_grad_()
        each = transitions.detach().float().expand(len(logits), -1, -1).clone().requires_grad_()
        return LabelCounts(*torch.autograd.grad(log_normaliser(logits, each, there).sum(), (logits, each)))


def cross_entropy(logits: Tensor, transitions: Tensor, there: Tensor, target: LabelCounts) -> Tensor:
    """`[N]`, in nats: of the distribution that logits and transitions make, against one that has the target's counts.

    Against the counts of one labelling it is that labelling's negative log-likelihood.
    """
    logits, transitions = logits.float(), transitions.float()
    score = (target.labels * logits).sum((1, 2)) + (target.pairs * transitions).sum((1, 2))
    return log_normaliser(logits, transitions, there) - score


def log_normaliser(logits: Tensor, transitions: Tensor, there: Tensor) -> Tensor:
    """`[N]`: the logarithm of the sum of all labellings' exponentiated scores, by the forward algorithm.

    Logits `[N, W, L]`; transitions `[L, L]`, from a label to the next, or `[N, L, L]`; words that are there `[N, W]`,
    which come first in each sequence.
    """
    score = logits[:, 0] + transitions[..., 0, :]
    for place in range(1, logits.shape[1]):
        step = torch.logsumexp(score.unsqueeze(2) + transitions, dim=1) + logits[:, place]
        score = torch.where(there[:, place, None], step, score)
    return torch.logsumexp(score, dim=1)
