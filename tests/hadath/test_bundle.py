"""A bundle is checked when it is opened, and says what is wrong with it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hadath import torch_engine
from hadath.bundle import Bundle, Manifest, bundle_folder
from hadath.errors import BundleError, DeviceError
from hadath.tagger import Tagger

TEXT = "أعلنت وزارة الدفاع مقتل ثلاثة جنود في هجوم."


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "hadath.json"
    tree = json.loads(path.read_text("utf-8"))
    change(tree)
    path.write_text(json.dumps(tree), "utf-8")


def test_a_sound_bundle_opens_and_its_manifest_makes_the_round_trip(bundle: Path) -> None:
    manifest = Bundle.open(bundle).manifest
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert set(manifest.files) == {path.name for path in bundle.iterdir()} - {"hadath.json"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda tree: tree.update(format=99), "format 99"),
        (lambda tree: tree.pop("format"), "format None"),
        (lambda tree: tree.pop("window"), "lacks the entry 'window'"),
        (lambda tree: tree["labels"]["roles"].reverse(), "label sets"),
        (lambda tree: tree["ontology"]["types"]["Attack"]["roles"].append("Hero"), "unknown role 'Hero'"),
        (lambda tree: tree["files"].update({"../x": "0"}), "not a file name"),
        (lambda tree: tree["files"].update({"more.bin": "0"}), "more.bin is missing"),
        (lambda tree: tree["window"].update(width=1), "wrong shape"),
        (lambda tree: tree.update(files={}), "no sha256 of arguments.onnx"),
        (lambda tree: tree["files"].pop("config.json"), "no sha256 of config.json"),
        (lambda tree: tree.update(files=["model.onnx"]), "no sha256|wrong shape"),
        (lambda tree: tree.update(files=list(tree["files"])), "wrong shape"),
        (lambda tree: tree["ontology"].update(types=["Attack"]), "'types' should map"),
        (lambda tree: tree["ontology"]["types"].update(Attack="x"), "entry of type Attack"),
        (lambda tree: tree["ontology"].update(modality="actual"), "should be a list of names"),
        (lambda tree: tree["ontology"]["roles"].append("Actor"), "'Actor' stands twice"),
        (lambda tree: tree["window"].update(overlap=1000), "overlap of 1000"),
        (lambda tree: tree["ontology"]["roles"].append("Attack"), "both a type and a role"),
        (lambda tree: tree["calibration"].update(trigger_temperature=0), "trigger_temperature is 0"),
        (lambda tree: tree["calibration"]["argument_map"].update(slope=-1), "a map has the slope -1"),
        (lambda tree: tree["calibration"].update(thresholds={"Die": 2}), "threshold of Die is 2"),
        (lambda tree: tree["calibration"].update(thresholds={"Dye": 0.5}), "threshold of 'Dye'"),
        (lambda tree: tree["calibration"]["trigger_map"].update(offset=float("nan")), "two finite numbers"),
        (lambda tree: tree["calibration"].pop("trigger_map"), "lacks the entry 'trigger_map'"),
        (lambda tree: tree["calibration"].update(argument_map=[1]), "wrong shape"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(
    copy: Path, change: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    edit(copy, change)
    with pytest.raises(BundleError, match=complaint):
        Tagger.load(copy)


@pytest.mark.parametrize("name", ["model.onnx", "arguments.onnx", "tokenizer.json", "model.safetensors"])
def test_a_changed_file_is_refused_by_name(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{name} is not the file"):
        Tagger.load(copy)


def test_swapped_files_are_refused(copy: Path) -> None:
    (copy / "model.onnx").rename(copy / "x")
    (copy / "arguments.onnx").rename(copy / "model.onnx")
    (copy / "x").rename(copy / "arguments.onnx")
    with pytest.raises(BundleError, match="is not the file"):
        Tagger.load(copy)


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00", '"x"'])
def test_a_manifest_that_is_no_json_object_is_refused(copy: Path, content: str) -> None:
    (copy / "hadath.json").write_text(content, "utf-8")
    with pytest.raises(BundleError, match=r"hadath\.json"):
        Tagger.load(copy)


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model bundle"):
        Tagger.load(tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_cuda_without_a_gpu_is_a_clear_error(bundle: Path) -> None:
    with pytest.raises(DeviceError, match="use --device cpu"):
        Tagger.load(bundle, device="cuda")


def test_heads_of_another_shape_are_refused_where_torch_is_to_build_them(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(copy, lambda tree: tree.update(heads={"width": 1}))
    monkeypatch.setattr(torch_engine, "require_device", lambda device: None)
    with pytest.raises(BundleError, match="'heads' are of the wrong shape"):
        Tagger.load(copy, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda_scores_are_those_of_the_cpu_to_half_precision(bundle: Path) -> None:
    ours, theirs = (Tagger.load(bundle, device=device).tag(TEXT) for device in ("cuda", "cpu"))
    found = {(event.type, event.trigger.start): event.score for event in theirs.events}
    shared = [(event.score, found[key]) for event in ours.events if (key := (event.type, event.trigger.start)) in found]
    assert theirs.events
    assert len(shared) >= 0.8 * max(len(ours.events), len(theirs.events))
    assert [score for score, _ in shared] == pytest.approx([score for _, score in shared], abs=0.05)


def test_a_shipped_bundle_goes_by_its_name_and_any_other_by_its_folder(tmp_path: Path) -> None:
    assert bundle_folder() == bundle_folder("default")
    assert Bundle.open(bundle_folder("default")).manifest.name
    for own in (tmp_path, "own", "./default", Path("default")):
        assert bundle_folder(own) == Path(own)
