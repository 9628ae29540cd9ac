"""The model that stands for the usual way pays for no more than the usual way would."""

from pathlib import Path

import pytest
from transformers import BertConfig, pipeline

from benchmarks.inference import pipeline_model
from tests.conftest import TEXTS
from training.encoders import Encoder


def test_random_weights_make_no_entities(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.inference.load_encoder", lambda name, texts: encoder)
    small = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    folder = str(pipeline_model(tmp_path / "model", small))
    tag = pipeline("token-classification", model=folder, aggregation_strategy="simple", stride=64, device="cpu")
    assert tag(TEXTS) == [[], [], []]
    assert tag.model.config.num_labels == 55
