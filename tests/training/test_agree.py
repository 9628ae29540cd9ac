"""Two annotations of the same texts are compared by the measures that judge the tagger."""

from dataclasses import replace
from pathlib import Path

import pytest

from hadath.errors import DataError
from hadath.schema import Document
from tests.training.annotated import MARKED, ONTOLOGY, ONTOLOGY_YAML
from training.agree import agreement, run, table
from training.data.markup import parse
from training.data.standoff import detach, write


def annotated(id: str = "d", source: str = MARKED) -> Document:
    return parse(source, id=id, ontology=ONTOLOGY)


def test_equal_annotations_agree_wholly_and_swapping_them_changes_no_f1() -> None:
    one, other = (
        detach(annotated()),
        detach(
            annotated(
                source=MARKED.replace("{هجوم|e1:Attack}", "هجوم", 1)
                .replace("e1.Target", "e2.Place")
                .replace("e1.Place ", "")
            )
        ),
    )
    assert agreement([one], [one], ONTOLOGY).arg_c.f1.value == 1
    ours, theirs = agreement([one], [other], ONTOLOGY), agreement([other], [one], ONTOLOGY)
    assert ours.trig_c.f1.value == theirs.trig_c.f1.value == pytest.approx(2 / 3)
    assert ours.arg_c.f1 == theirs.arg_c.f1


def test_annotations_of_other_texts_are_refused() -> None:
    record = detach(annotated())
    for other in ([], [replace(record, sha256="0")], [record, replace(record, id="e")]):
        with pytest.raises(DataError, match="is not annotated in both, on the same text"):
            agreement([record], other, ONTOLOGY)


def test_markup_and_stand_off_annotations_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ontology.yaml").write_text(ONTOLOGY_YAML, "utf-8")
    (tmp_path / "d.txt").write_text(MARKED, "utf-8")
    write(tmp_path / "second.jsonl", [detach(annotated(source=MARKED.replace("/negated", "")))])
    assert run(tmp_path / "d.txt", tmp_path / "second.jsonl", tmp_path / "ontology.yaml") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| 1 documents | F1 |")
    assert "| Trig-C | 1.000 | – | 2 | 2 | 2 |" in lines
    assert "| Modality, accuracy | 0.500 | – | | | |" in lines
    assert len(table(agreement([detach(annotated())], [detach(annotated())], ONTOLOGY)).splitlines()) == len(lines)
