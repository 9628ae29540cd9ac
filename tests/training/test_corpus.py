"""Loading, checking, splitting and counting annotated documents."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.errors import DataError, OntologyError
from hadath.schema import Document
from tests.training.annotated import MARKED, ONTOLOGY, ONTOLOGY_YAML, TEXT, documents
from training.data import stats, validate
from training.data.corpus import fingerprint, from_dataset, load_documents, to_dataset
from training.data.faults import FaultError
from training.data.markup import parse
from training.data.ontology_file import load_ontology
from training.data.plot import write_plot
from training.data.standoff import detach
from training.data.standoff import write as write_standoff

DATA = Path(__file__).parents[2] / "data"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return path


def jsonl(path: Path, found: Iterable[Document]) -> Path:
    return put(path, "".join(json.dumps(document.to_json()) + "\n" for document in found))


def marked(id: str = "d") -> Document:
    return parse(MARKED, id=id, ontology=ONTOLOGY)


def test_folders_files_and_json_lines_load_alike(tmp_path: Path) -> None:
    put(tmp_path / "folder/deep/a.txt", MARKED)
    put(tmp_path / "folder/notes.md", "{ not markup")
    b = put(tmp_path / "b.txt", MARKED)
    c = jsonl(tmp_path / "c.jsonl", [marked("c"), marked("d")])
    loaded = load_documents([tmp_path / "folder", b, c], ONTOLOGY)
    assert loaded == [marked(name) for name in "abcd"]


def test_a_path_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    a = put(tmp_path / "a.txt", MARKED)
    assert len(load_documents([tmp_path, a], ONTOLOGY)) == 1


def test_a_file_that_prepare_makes_is_asked_for() -> None:
    with pytest.raises(DataError, match=r"no annotated data at .*other\.jsonl; make it with `python .*prepare\.py SOU"):
        load_documents([DATA / "ant/other.jsonl"], ONTOLOGY)


@pytest.mark.parametrize(
    ("name", "message"), [("absent", "no annotated data at"), ("empty", "in the folder"), ("a.csv", "expected inline")]
)
def test_a_path_without_documents_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "a.csv", "")
    with pytest.raises(DataError, match=message):
        load_documents([tmp_path / name], ONTOLOGY)


def test_an_id_that_two_files_share_is_a_fault_of_the_second(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "نص")
    put(tmp_path / "b.txt", "---\nid: a\n---\nنص")
    with pytest.raises(FaultError) as error:
        load_documents([tmp_path], ONTOLOGY)
    (fault,) = error.value.faults
    assert str(fault) == f"{tmp_path / 'b.txt'}:1:1: the id 'a' is that of {tmp_path / 'a.txt'}:1"


def test_bytes_that_are_not_utf8_are_a_fault_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("نص\n".encode() + b"ab\xff\n")
    (fault,) = validate.validate([tmp_path], ONTOLOGY).faults
    assert (fault.line, fault.column) == (2, 3)
    assert "not UTF-8" in fault.message


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "\ufeff---\nid: z\n---\nنص")
    assert load_documents([tmp_path], ONTOLOGY) == [Document(id="z", text="نص")]


def test_all_faults_of_json_documents_are_listed_with_their_lines(tmp_path: Path) -> None:
    attack, die = marked().events
    wrong_names = replace(attack, type="Atack", modality="maybe")
    inside_a_word = replace(die, trigger=replace(die.trigger, start=30, text=TEXT[30:33]))
    unlicensed = replace(die, arguments=attack.arguments[:1])
    same_id = replace(die, id="e1")
    changes = (wrong_names,), (inside_a_word,), (unlicensed,), (attack, same_id)
    path = jsonl(tmp_path / "a.jsonl", [Document(id=f"d{i}", text=TEXT, events=each) for i, each in enumerate(changes)])
    put(path, path.read_text("utf-8") + '\n{"id": 3}\n{]\n')
    with pytest.raises(FaultError) as error:
        load_documents([path], ONTOLOGY)
    expected = [
        (1, "unknown modality 'maybe'"),
        (1, "unknown type 'Atack'; did you mean 'Attack'?"),
        (2, "starts inside the word"),
        (3, "role Target is not licensed for Die"),
        (4, "e1 is the id of two events"),
        (6, "'text' is missing"),
        (7, "not JSON"),
    ]
    assert len(error.value.faults) == len(expected)
    for fault, (line, message) in zip(error.value.faults, expected, strict=True):
        assert fault.line == line
        assert message in fault.message


def test_stand_off_annotations_count_for_validation_but_give_no_documents(tmp_path: Path) -> None:
    write_standoff(tmp_path / "a.jsonl", [detach(marked())])
    report = validate.validate([tmp_path], ONTOLOGY)
    assert (report.files, report.documents, report.events, report.arguments, report.faults) == (1, 1, 2, 3, ())
    with pytest.raises(DataError, match="d and 0 more are stand-off annotations without text"):
        load_documents([tmp_path], ONTOLOGY)


def test_validate_prints_each_fault_with_its_line_and_the_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ontology = put(tmp_path / "ontology.yaml", ONTOLOGY_YAML)
    path = put(tmp_path / "a.txt", f"نص\n{'x ' * 100}{{قتل|e1:Dei}}{' y' * 100}\n")
    assert validate.run([path], ontology) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"{path}:2:202: unknown type 'Dei'; did you mean 'Die'?"
    assert out[1].startswith("    …")
    assert "{قتل|e1:Dei}" in out[1]
    assert out[2] == "1 file, 0 documents, 0 events, 0 arguments, 1 fault"
    put(path, MARKED)
    assert validate.run([path], ontology) == 0
    assert capsys.readouterr().out == "1 file, 1 document, 2 events, 3 arguments, 0 faults\n"


@settings(max_examples=25, deadline=None)
@given(st.lists(documents(scored=True), max_size=4))
def test_a_dataset_loses_nothing(found: list[Document]) -> None:
    assert from_dataset(to_dataset(found)) == found


def test_the_fingerprint_follows_the_content_and_not_the_order() -> None:
    one, other = marked("a"), marked("b")
    assert fingerprint([one, other]) == fingerprint([other, one])
    assert len({fingerprint(each) for each in ([one], [one, other], [replace(one, text=TEXT + " ")], [])}) == 4


def test_stats_count_each_corpus_and_all_together() -> None:
    agency = replace(marked("a"), meta={"style": "agency", "region": "iraq"})
    radio = replace(marked("c"), meta={"style": "radio", "region": "iraq"})
    bare = Document(id="b", text="لا شيء", events=())
    lines = stats.tables({"ours": [agency, radio], "theirs": [bare]}, ONTOLOGY).splitlines()
    assert [
        line for line in lines if line.startswith(("| documents |", "| without", "| words", "| Die", "| Time"))
    ] == [
        "| documents | 2 | 1 | 3 |",
        "| without an event | 0 | 1 | 1 |",
        "| words | 14 | 2 | 16 |",
        "| Die | 2 | 0 | 2 |",
        "| Time | 0 | 0 | 0 |",
        "| documents | agency | radio | all |",
    ]
    assert lines[-1] == "| iraq | 1 | 1 | 2 |"


def test_stats_of_one_corpus_have_one_column_and_no_headers_no_table() -> None:
    text = stats.tables({"ours": [marked("a")]}, ONTOLOGY)
    assert "| documents | 1 |" in text.splitlines()
    assert "all" not in text
    assert "agency" not in text


def test_stats_prints_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ontology = put(tmp_path / "ontology.yaml", ONTOLOGY_YAML)
    assert stats.run([put(tmp_path / "a.txt", MARKED)], ontology) == 0
    assert "| documents | 1 |" in capsys.readouterr().out


def test_an_ontology_file_is_read(tmp_path: Path) -> None:
    ontology = load_ontology(put(tmp_path / "o.yaml", ONTOLOGY_YAML))
    assert ontology.licensed == ONTOLOGY.licensed
    assert ontology.modalities == ONTOLOGY.modalities


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("version: 1\nversion: 2", "the key 'version' stands twice"),
        ("a: [", "is not readable YAML"),
        ("version: 1", "the entry 'roles' is missing"),
        (ONTOLOGY_YAML.replace("Die:", "Attack:"), "the key 'Attack' stands twice"),
        (ONTOLOGY_YAML.replace("[Actor, Target]", "[Actr]"), "unknown role 'Actr'"),
        ("version: 1\nroles: 3\ntypes: {}\nmodality: x", "o.yaml"),
        ("version: 1\nroles: [Place, Time]\ntypes: [Attack]\nmodality: [actual]", "'types' should map"),
        ("? {a: 1}\n: 2", "is not readable YAML"),
    ],
)
def test_a_broken_ontology_file_is_explained(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(OntologyError, match=r"o\.yaml") as error:
        load_ontology(put(tmp_path / "o.yaml", content))
    assert message in str(error.value)


def test_a_missing_ontology_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no ontology at"):
        load_ontology(tmp_path / "absent.yaml")


def test_the_shipped_corpus_has_no_fault() -> None:
    report = validate.validate(
        [DATA / "authored", DATA / "reports", *(DATA / "ant").glob("*annotations.jsonl")],
        load_ontology(DATA / "ontology.yaml"),
    )
    assert [str(fault) for fault in report.faults] == []


def test_the_plot_shows_every_type_and_role_with_its_count(tmp_path: Path) -> None:
    path = tmp_path / "counts.svg"
    write_plot([marked("a"), marked("b")], ONTOLOGY, path)
    texts = [each.text for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
    for name, count in [("Attack", "2"), ("Die", "2"), ("Place", "4"), ("Target", "2"), ("Time", "0")]:
        assert texts[texts.index(name) + 1] == count
    assert {"actual", "negated", "possible"} <= set(texts)


def test_an_empty_corpus_can_be_drawn(tmp_path: Path) -> None:
    write_plot([], ONTOLOGY, tmp_path / "counts.svg")
    assert (tmp_path / "counts.svg").read_text("utf-8").count('width="0.0"') == 3 * 2 + 5
