"""The exported attention: one operator where it can stand for the encoder's own, and nothing changed where not."""

from pathlib import Path
from typing import Any

import onnx
import pytest
from transformers import AutoModel, BertConfig, ModernBertConfig, PretrainedConfig, XLMRobertaConfig

from hadath.bundle import ENCODER_FILE
from training.fused_attention import fused_attention

SIZE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "vocab_size": 50,
}


def test_the_graph_has_one_operator_for_each_layer_and_no_guard_against_padding(bundle: Path) -> None:
    kinds = [node.op_type for node in onnx.load(str(bundle / ENCODER_FILE)).graph.node]
    assert kinds.count("MultiHeadAttention") == 2
    assert not {"Softmax", "IsNaN", "Where"} & set(kinds)


@pytest.mark.parametrize(
    ("config", "fused"),
    [(BertConfig(**SIZE), True), (XLMRobertaConfig(**SIZE), True), (ModernBertConfig(pad_token_id=0, **SIZE), False)],
    ids=lambda value: type(value).__name__,
)
def test_only_encoders_with_plain_attention_are_fused_and_only_meanwhile(config: PretrainedConfig, fused: bool) -> None:
    encoder = AutoModel.from_config(config)
    before = encoder.config._attn_implementation
    with fused_attention(encoder):
        assert (encoder.config._attn_implementation != before) == fused
    assert encoder.config._attn_implementation == before
