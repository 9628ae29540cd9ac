import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import inference
from hadath.bundle import bundle_folder
from hadath.errors import BundleError
from inference import predict, predict_batch
from inference.api import load_tagger
from tests.inference.fake_tagger import FakeTagger

ROOT = Path(__file__).parents[2]
TEXT = "وقع هجوم في بغداد دون ضحايا"


def test_the_package_exports_its_functions_and_result_types_and_no_more() -> None:
    assert inference.__all__ == ["Argument", "Document", "Event", "Span", "predict", "predict_batch"]
    assert all(hasattr(inference, name) for name in inference.__all__)


def test_importing_the_package_loads_neither_engine_nor_training_libraries() -> None:
    heavy = ["torch", "yaml", "transformers", "onnxruntime", "numpy", "training"]
    code = f"import sys, inference.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_predict_returns_the_events_of_the_text(fake_tagger: type[FakeTagger]) -> None:
    document = predict(TEXT)
    assert document.text == TEXT
    assert [(event.type, event.modality, event.trigger.text) for event in document.events] == [
        ("Attack", "actual", "هجوم"),
        ("Die", "negated", "ضحايا"),
    ]


def test_predict_passes_the_least_score_on(fake_tagger: type[FakeTagger]) -> None:
    assert predict(TEXT).events[0].arguments
    assert not predict(TEXT, min_score=0.9).events[0].arguments
    assert not predict(TEXT, min_score={"Place": 0.9}).events[0].arguments
    assert predict(TEXT, min_score={"Time": 0.9}).events[0].arguments


def test_predict_batch_numbers_the_documents_in_order(fake_tagger: type[FakeTagger]) -> None:
    documents = predict_batch(text for text in [TEXT, "", "محادثات"])
    assert [document.id for document in documents] == ["0", "1", "2"]
    assert [len(document.events) for document in documents] == [2, 0, 1]


def test_a_tagger_is_loaded_once_for_each_bundle_and_device(fake_tagger: type[FakeTagger], tmp_path: Path) -> None:
    for model in (None, "default", tmp_path, str(tmp_path), tmp_path / "x" / ".."):
        predict(TEXT, model=model)
    load_tagger(device="cuda")
    shipped = bundle_folder("default")
    assert fake_tagger.loads == [(shipped, "cpu"), (tmp_path.resolve(), "cpu"), (shipped, "cuda")]


def test_a_broken_bundle_is_reported(fake_tagger: type[FakeTagger]) -> None:
    with pytest.raises(BundleError, match="no model bundle"):
        predict(TEXT, model="broken")


@pytest.mark.parametrize(("text", "told"), [(None, "NoneType"), (b"bytes", "decode"), (3, "int"), ([TEXT], "list")])
def test_a_text_that_is_no_string_is_a_type_error(fake_tagger: type[FakeTagger], text: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        predict(text)
    with pytest.raises(TypeError, match=r"texts\[1\]"):
        predict_batch([TEXT, text])


def test_one_string_in_place_of_many_is_a_type_error(fake_tagger: type[FakeTagger]) -> None:
    with pytest.raises(TypeError, match="predict"):
        predict_batch(TEXT)


@pytest.mark.parametrize("min_score", [-0.1, 1.01, float("nan"), float("inf"), 50])
def test_a_least_score_that_is_no_probability_is_a_value_error(fake_tagger: type[FakeTagger], min_score: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        predict(TEXT, min_score=min_score)
    with pytest.raises(ValueError, match="0 to 1"):
        predict_batch([TEXT], min_score=min_score)


@pytest.mark.parametrize("min_score", ["0.5", True, [0.5]])
def test_a_least_score_that_is_no_number_is_a_type_error(fake_tagger: type[FakeTagger], min_score: Any) -> None:
    with pytest.raises(TypeError, match="number"):
        predict(TEXT, min_score=min_score)


@pytest.mark.parametrize("min_score", [0, 1, 0.0, 1.0])
def test_the_ends_of_the_range_are_least_scores(fake_tagger: type[FakeTagger], min_score: float) -> None:
    assert predict("", min_score=min_score).events == ()
