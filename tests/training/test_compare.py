"""Runs side by side: what they differ in, and by how much."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from hadath.ontology import Ontology
from hadath.windows import WindowSize
from training.cli import main
from training.compare import compare, format_rows
from training.config import load_config
from training.run import RESULT_FILE, RUN_CONFIG_FILE, Result


def finished(
    folder: Path, ontology: Ontology, f1: float, *overrides: str, dev: str = "same", train: str = "same"
) -> Path:
    """A run that took 100 seconds and reached `f1` in arguments."""
    folder.mkdir()
    config = load_config(Path("configs/smoke.yaml"), [f"name={folder.name}", f"output={folder.parent}", *overrides])
    result = Result(
        ontology=ontology,
        window=WindowSize(max_length=128, overlap=32),
        metrics={"trigger_f1": 0.8, "argument_f1": f1, "modality_f1": 0.7},
        curves=(),
        data={"dev_sha256": dev, "train_sha256": train, "train_documents": 9},
        versions={},
        seconds=100.0,
    )
    (folder / RUN_CONFIG_FILE).write_text(config.to_yaml(), "utf-8")
    tree = {**asdict(result), "ontology": ontology.to_mapping()}
    (folder / RESULT_FILE).write_text(json.dumps(tree), "utf-8")
    return folder


def test_runs_of_several_seeds_are_one_row(tmp_path: Path, ontology: Ontology) -> None:
    folders = [finished(tmp_path / f"base-{seed}", ontology, f1, f"seed={seed}") for seed, f1 in ((1, 0.5), (2, 0.6))]
    folders.append(finished(tmp_path / "other", ontology, 0.65, "seed=1", "loss.arguments=16", "data.train=[a, b]"))
    first, other = compare(folders)
    assert (first.settings, first.seeds, other.seeds) == ({}, (1, 2), (1,))
    assert other.settings == {"loss.arguments": 16, "data.train": ["a", "b"]}
    *_, base, changed = format_rows([first, other]).splitlines()
    assert base == (
        "| base-1<br>base-2 | the first | 1, 2 "
        "| 0.800 (sd 0.000) |  | 0.550 (sd 0.071) |  | 0.700 (sd 0.000) |  | 100 |"
    )
    assert changed == (
        '| other | data.train: ["a", "b"]<br>loss.arguments: 16.0 | 1 '
        "| 0.800 | +0.000 | 0.650 | +0.100 | 0.700 | +0.000 | 100 |"
    )


def test_a_setting_that_only_one_run_has_is_named(tmp_path: Path, ontology: Ontology) -> None:
    folders = [
        finished(tmp_path / "a", ontology, 0.5),
        finished(tmp_path / "b", ontology, 0.5, "trainer.adam_beta1=0.8"),
    ]
    assert [dict(row.settings) for row in compare(folders)] == [{}, {"trainer.adam_beta1": 0.8}]
    assert [dict(row.settings) for row in compare(folders[::-1])] == [{}, {"trainer.adam_beta1": "not set"}]


def test_what_changes_no_figure_parts_no_runs_and_other_documents_do(tmp_path: Path, ontology: Ontology) -> None:
    same = ["trainer.disable_tqdm=true", "trainer.num_train_epochs=4.0"], ["trainer.num_train_epochs=4"]
    folders = [finished(tmp_path / f"run-{i}", ontology, 0.5, *each) for i, each in enumerate(same)]
    assert len(compare(folders)) == 1
    folders.append(finished(tmp_path / "more", ontology, 0.5, *same[0], train="0123456789"))
    assert compare(folders)[1].settings == {"learned from": "9 documents, 01234567"}


def test_cells_keep_the_table_whole(tmp_path: Path, ontology: Ontology) -> None:
    folders = [finished(tmp_path / "a", ontology, 0.5), finished(tmp_path / "b", ontology, 0.5, "data.train=['x|y']")]
    header, *_, last = format_rows(compare(folders)).splitlines()
    assert last.count("|") == header.count("|")


def test_the_command_prints_the_table(tmp_path: Path, ontology: Ontology, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [finished(tmp_path / name, ontology, 0.5) for name in ("a", "b")]
    assert main(["compare", *map(str, folders)]) == 0
    assert capsys.readouterr().out.count("the first") == 1


def test_figures_on_other_documents_are_not_compared(
    tmp_path: Path, ontology: Ontology, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [finished(tmp_path / name, ontology, 0.5, dev=name) for name in ("a", "b")]
    assert main(["compare", *map(str, folders)]) == 2
    assert "b: scored on other dev documents" in capsys.readouterr().err
    assert main(["compare", str(folders[0]), str(folders[0])]) == 2
    assert "named twice" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "none")]) == 2
    assert "holds no finished run" in capsys.readouterr().err


def test_a_damaged_result_is_named(tmp_path: Path, ontology: Ontology, capsys: pytest.CaptureFixture[str]) -> None:
    folder = finished(tmp_path / "a", ontology, 0.5)
    whole = (folder / RESULT_FILE).read_text("utf-8")
    for text in (whole[:100], "{}", "[]"):
        (folder / RESULT_FILE).write_text(text, "utf-8")
        assert main(["compare", str(folder)]) == 2
        assert f"{folder / RESULT_FILE} is damaged" in capsys.readouterr().err
