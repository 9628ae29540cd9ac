"""The model card: what the notes say, the figures of the very bundle, and nothing that has gone stale."""

import json
import shutil
from pathlib import Path

import pytest

from hadath.bundle import CARD_FILE, Bundle
from hadath.tagger import Tagger
from training.card import card
from training.cli import main
from training.evaluation.bootstrap import Estimate

PROJECT = Path(__file__).parents[2]
NOTES = PROJECT / "configs" / "card.md"
SHIPPED = sorted((PROJECT / "hadath" / "bundles").iterdir())
ARTICLE = str(PROJECT / "data" / "authored" / "sudan-agency-01.txt")


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "bundle"))


def test_a_card_holds_the_notes_and_every_figure_that_was_recorded(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("## Use\n\nFor reading.\n", "utf-8")
    assert main(["evaluate", str(copy), ARTICLE, "--record", "one article"]) == 0
    assert main(["card", str(copy), str(notes), "--copy", str(tmp_path / "card.md")]) == 0
    text = (copy / CARD_FILE).read_text("utf-8")
    assert text == (tmp_path / "card.md").read_text("utf-8")
    assert "## Use\n\nFor reading.\n" in text
    assert "### one article (1 document)" in text
    recorded = json.loads((copy / "hadath.json").read_text("utf-8"))["metrics"]["evaluations"]["one article"]
    for group in ("headline", "types", "roles", "modalities"):
        assert recorded[group]
        for name, each in recorded[group].items():
            rates = ["–" if each[rate] is None else f"{each[rate]:.3f}" for rate in ("precision", "recall")]
            assert f"| {name} | {each['f1']:.3f} | – | {rates[0]} | {rates[1]} | {each['gold']} |" in text
    assert recorded["headline"]["Trig-I"]["precision"] != recorded["headline"]["Trig-I"]["recall"]
    for state, errors in recorded["calibration_errors"].items():
        cells = (
            f"{errors[of]['error']:.3f} ({errors[of]['by_chance']:.3f})" for of in ("triggers", "arguments", "events")
        )
        assert f"| {state} | {' | '.join(cells)} |" in text
    assert "Of the encoder, the layers 0, 2, counted from 0." in text
    assert "Taught by the answers of finished models (1)" in text
    Tagger.load(copy)  # which the card does not disturb


def test_notes_that_are_not_there_are_an_error_of_one_line(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", str(copy), "nowhere.md"]) == 2
    assert capsys.readouterr().err.startswith("training: nowhere.md: cannot read the notes")


def test_figures_of_an_earlier_hadath_are_an_error_of_one_line(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = json.loads((copy / "hadath.json").read_text("utf-8"))
    tree["metrics"]["evaluations"] = {"old": {"documents": 1, "headline": {"Trig-C": [0.5, 0.4, 0.6, 10]}}}
    (copy / "hadath.json").write_text(json.dumps(tree), "utf-8")
    assert main(["card", str(copy), str(NOTES)]) == 2
    assert "its figures are of an earlier hadath" in capsys.readouterr().err


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_cards_of_the_shipped_bundles_are_those_of_their_notes_and_figures(folder: Path) -> None:
    manifest = Bundle.open(folder).manifest
    assert (folder / CARD_FILE).read_text("utf-8") == card(manifest, NOTES.read_text("utf-8"))
    assert "held-out articles" in manifest.metrics["evaluations"]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_int8_costs_the_shipped_bundles_half_a_point_at_most(folder: Path) -> None:
    dev = Bundle.open(folder).manifest.metrics["dev"]
    for figure, shipped in dev["bundle"].items():
        assert shipped >= dev["float32"][figure] - 0.005, figure


def test_the_docs_show_the_card_of_the_default_bundle() -> None:
    ours = PROJECT / "docs" / "model-card.md"
    assert ours.read_text("utf-8") == (PROJECT / "hadath" / "bundles" / "default" / CARD_FILE).read_text("utf-8")


def test_the_readme_shows_the_figures_of_the_default_bundle() -> None:
    lines = [line for line in (PROJECT / "README.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    table = {first: cells for first, *cells in ([cell.strip(" *") for cell in line.split("|")[1:-1]] for line in lines)}
    recorded = Bundle.open(PROJECT / "hadath" / "bundles" / "default").manifest.metrics["evaluations"]
    names = ("held-out articles", "agency article of 2024", "long agency reports")
    rows = {
        "triggers, span": "Trig-I",
        "triggers, span and type": "Trig-C",
        "arguments, attached, span": "Arg-I",
        "arguments, attached, span and role": "Arg-C",
        "modality of right triggers, macro": "Modality",
    }
    for row, figure in rows.items():
        for name, cell in zip(names, table[row], strict=True):
            found = recorded[name]["headline"][figure]
            estimate = Estimate(found["f1"], found["low"], found["high"])
            interval = "" if found["low"] is None else f" ({estimate.interval})"
            assert cell.replace("*", "") == f"{estimate.value:.3f}{interval}"
    for row, kind in (
        ("calibration error of triggers, arguments, events", "error"),
        ("the same, by chance alone up to", "by_chance"),
    ):
        for name, cell in zip(names, table[row], strict=True):
            found = recorded[name]["calibration_errors"]["as used"]
            assert cell == ", ".join(f"{found[of][kind]:.3f}" for of in ("triggers", "arguments", "events"))
