"""Attention as one operator of ONNX Runtime's own (`MultiHeadAttention`), for the graphs that are exported.

Exported step by step, attention is a dozen operators, among them a guard against rows that are masked from end to end,
which a window without padding has none of; together they take nearly half of the encoder's time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel

_NAME = "hadath_fused"
# Encoders in which every word attends to every other, and which therefore the operator can stand for.
_PLAIN = {"bert", "camembert", "distilbert", "electra", "roberta", "xlm-roberta"}


@contextmanager
def fused_attention(encoder: PreTrainedModel) -> Iterator[None]:
    """Within it, an export of the encoder holds the operator. The encoder computes nothing meanwhile.

    For inputs without padding alone. Any but the plain kinds of encoder is exported step by step.
    """
    before = encoder.config._attn_implementation
    if encoder.config.model_type in _PLAIN:
        encoder.set_attn_implementation(_NAME)
    try:
        yield
    finally:
        encoder.set_attn_implementation(before)


def _attention(
    module: torch.nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """Each `[B, heads, n, width]`, to `[B, n, heads, width]`."""
    batch, heads, length, width = query.shape
    joined = [each.transpose(1, 2).reshape(batch, length, heads * width) for each in (query, key, value)]
    attended = torch.onnx.ops.symbolic(
        "com.microsoft::MultiHeadAttention",
        joined,
        {"num_heads": heads, "scale": scaling},
        dtype=query.dtype,
        shape=joined[0].shape,
        version=1,
    )
    return attended.reshape(batch, length, heads, width), None


AttentionInterface.register(_NAME, _attention)
AttentionMaskInterface.register(_NAME, lambda **_: None)
