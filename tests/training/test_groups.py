"""Figures by a field of the documents."""

from dataclasses import replace
from pathlib import Path

import pytest

from hadath.errors import DataError
from hadath.schema import Document
from tests.training.annotated import ONTOLOGY
from training.cli import main
from training.data.markup import parse
from training.evaluation.groups import check_field, format_groups, groups

SOURCE = "وقع {هجوم|e1:Attack} في {المدينة|e1.Place}\n"


def articles(*regions: str | None) -> list[Document]:
    document = parse(SOURCE, id="a", ontology=ONTOLOGY)
    return [replace(document, id=str(i), meta={"region": region} if region else {}) for i, region in enumerate(regions)]


def test_each_value_is_scored_by_itself_and_none_is_lost() -> None:
    gold = articles("iraq", "syria", "iraq", None)
    missed = [replace(document, events=()) if document.id == "1" else document for document in gold]
    found = groups("region", gold, missed, ONTOLOGY)
    assert [(each.value, each.evaluation.documents) for each in found] == [("iraq", 2), ("(none)", 1), ("syria", 1)]
    assert [each.evaluation.trig_c.f1.value for each in found] == [1.0, 1.0, 0.0]
    assert format_groups("region", found).splitlines()[-1].startswith("| syria | 1 | 0.000 (–) |")


def test_a_field_that_no_document_has_is_named_with_those_that_there_are() -> None:
    gold = articles("iraq")
    with pytest.raises(DataError, match=r"no document has the field 'outlet'; they have region"):
        check_field("outlet", gold)


def test_the_command_prints_the_table_and_puts_it_into_the_report(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = [f"data/authored/{name}-agency-01.txt" for name in ("iraq", "sudan")]
    report = tmp_path / "report.html"
    assert main(["evaluate", str(bundle), *data, "--by", "region", "--report", str(report)]) == 0
    assert "| region | documents | Trig-C |" in capsys.readouterr().out
    assert '<td dir="auto">sudan</td>' in report.read_text("utf-8")
    assert main(["evaluate", str(bundle), *data, "--by", "outlet"]) == 2
    assert "no document has the field 'outlet'" in capsys.readouterr().err
