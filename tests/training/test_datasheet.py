"""The datasheet says what the corpus holds."""

from collections import Counter
from pathlib import Path

import pytest

from training.data.corpus import load_documents
from training.data.duplicates import groups
from training.data.files import read_paths
from training.data.ontology_file import load_ontology

DATA = Path(__file__).parents[2] / "data"
ONTOLOGY = load_ontology(DATA / "ontology.yaml")
# What the corpus is meant to hold at least, over both parts.
LEAST_OF_A_TYPE, LEAST_OF_A_ROLE, LEAST_OF_COUNTERPART = 120, 400, 250
LEAST_NEGATED, LEAST_POSSIBLE = 300, 900


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    """The datasheet's table rows by their first cell: the others as they stand."""
    lines = (DATA / "README.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {first: rest for first, *rest in cells}


@pytest.fixture(scope="module")
def counts() -> dict[str, list[int]]:
    """Events by type and modality, arguments by role, in the authored and in the ANT articles."""
    found: dict[str, list[int]] = {}
    authored = [document.events for document in load_documents([DATA / "authored"], ONTOLOGY)]
    ant = [record.events for record in read_paths([DATA / "ant/annotations.jsonl"], ONTOLOGY).records]
    for place, part in enumerate((authored, ant)):
        events = [event for each in part for event in each]
        labels = Counter(event.type for event in events) + Counter(event.modality for event in events)
        labels += Counter(argument.role for event in events for argument in event.arguments)
        for name, count in labels.items():
            found.setdefault(name, [0, 0])[place] = count
    return found


def test_the_tables_count_what_is_there(rows: dict[str, list[str]], counts: dict[str, list[int]]) -> None:
    for name, (authored, ant) in counts.items():
        assert rows[name] == [f"{authored:,}", f"{ant:,}", f"{authored + ant:,}"], name


def test_the_page_of_the_ant_articles_counts_what_is_there(counts: dict[str, list[int]]) -> None:
    events, arguments = (sum(counts[name][1] for name in names) for names in (ONTOLOGY.licensed, ONTOLOGY.roles))
    assert f"{events:,} events and {arguments:,} arguments" in (DATA / "ant/README.md").read_text("utf-8")


def test_what_is_said_of_the_reports_is_so() -> None:
    reports = load_documents([DATA / "reports"], ONTOLOGY)
    words = [len(document.text.split()) for document in reports]
    events = [event for document in reports for event in document.events]
    arguments = sum(len(event.arguments) for event in events)
    text = " ".join((DATA / "README.md").read_text("utf-8").split())
    assert f"{len(reports)} articles of {min(words)} to {max(words)} words" in text
    assert f"{sum(words):,} words, {len(events):,} events, {arguments:,} arguments" in text


def test_no_report_repeats_a_story_of_the_authored_articles() -> None:
    authored, reports = (load_documents([DATA / part], ONTOLOGY) for part in ("authored", "reports"))
    stories = groups([document.text for document in (*authored, *reports)])
    assert [story for story in stories if min(story) < len(authored) <= max(story)] == []


def test_every_type_role_and_modality_is_covered(counts: dict[str, list[int]]) -> None:
    totals = {name: sum(each) for name, each in counts.items()}
    assert {name: totals[name] for name in ONTOLOGY.licensed if totals[name] < LEAST_OF_A_TYPE} == {}
    roles = [name for name in ONTOLOGY.roles if name != "Counterpart"]
    assert {name: totals[name] for name in roles if totals[name] < LEAST_OF_A_ROLE} == {}
    assert totals["Counterpart"] >= LEAST_OF_COUNTERPART
    assert totals["negated"] >= LEAST_NEGATED
    assert totals["possible"] >= LEAST_POSSIBLE
