"""data/ant/prepare.py: articles of the ANT corpus joined with their annotations."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.training.annotated import MARKED, ONTOLOGY
from training.data.corpus import load_documents
from training.data.markup import parse
from training.data.standoff import detach, write

SCRIPT = Path(__file__).parents[2] / "data/ant/prepare.py"
ID, HELD_OUT = "JA-politic-1-20170121", "JA-politic-2-20170222"
ARTICLE = f"""<DOC>\r
<DOCNO>{ID}</DOCNO>
<TITLE> هجوم على\u00a0 قاعدة </TITLE>
<ABSTRACT>
غير هذا
</ABSTRACT>
<TEXT>
\t في العراق\x20\x20

دون  قتلى\r
</TEXT>
</DOC>
"""
PREPARED = "هجوم على قاعدة\nفي العراق\nدون قتلى\n"
MARKED_UP = "{هجوم|e1:Attack} على {قاعدة|e1.Target}\nفي {العراق|e1.Place e2.Place}\nدون {قتلى|e2:Die/negated}\n"


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with one annotated article, and none or, where a test writes it, one that is held out."""
    spec = importlib.util.spec_from_file_location("prepare", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "prepare", module)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(module)
    write(tmp_path / "annotations.jsonl", [detach(parse(MARKED_UP, id=ID, ontology=ONTOLOGY))])
    write(tmp_path / "held-out-annotations.jsonl", [])
    monkeypatch.setattr(module, "HERE", tmp_path)
    return module


def run(prepare: ModuleType, source: Path) -> tuple[int, Path]:
    out = source.parent / "new" / "folder"
    return prepare.main([str(source), "--out", str(out)]), out / "articles.jsonl"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return path


def test_an_article_of_the_corpus_is_title_and_body_with_blanks_tidied(prepare: ModuleType) -> None:
    assert prepare.article_text(ARTICLE) == PREPARED


def test_entities_are_read(prepare: ModuleType) -> None:
    assert prepare.article_text("<TITLE>&quot;أ&quot;</TITLE><TEXT>ب&nbsp; ج</TEXT>") == '"أ"\nب ج\n'


def test_a_tidy_text_stays_as_it_is(prepare: ModuleType) -> None:
    assert prepare.tidy(PREPARED) == PREPARED


@pytest.mark.parametrize("article", [ARTICLE, PREPARED, MARKED_UP])
def test_a_folder_of_articles_in_any_form_is_joined(prepare: ModuleType, tmp_path: Path, article: str) -> None:
    put(tmp_path / "clone/politic" / f"{ID}.txt", article)
    put(tmp_path / "clone/README.txt", "no article {")
    status, out = run(prepare, tmp_path / "clone")
    assert status == 0
    (document,) = load_documents([out], ONTOLOGY)
    assert document == parse(MARKED_UP, id=ID, ontology=ONTOLOGY)


def test_a_file_of_records_is_joined(prepare: ModuleType, tmp_path: Path) -> None:
    source = put(tmp_path / "texts.jsonl", json.dumps({"id": ID, "text": PREPARED, "more": 1}) + "\n")
    assert run(prepare, source)[0] == 0


def test_a_missing_text_is_counted_and_named(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "clone/other.txt", MARKED)
    source = put(tmp_path / "texts.jsonl", json.dumps({"id": "other", "text": PREPARED}))
    status, out = run(prepare, source)
    assert (status, out.read_text("utf-8")) == (1, "")
    held_out = out.with_name("held-out.jsonl")
    assert capsys.readouterr().out == (
        f"0 joined, written to {out}\n0 joined, written to {held_out}\n1 text missing\n    {ID}\n0 hash differs\n"
    )


def test_what_is_held_out_goes_into_a_file_of_its_own(prepare: ModuleType, tmp_path: Path) -> None:
    write(tmp_path / "held-out-annotations.jsonl", [detach(parse(MARKED_UP, id=HELD_OUT, ontology=ONTOLOGY))])
    for name in (ID, HELD_OUT):
        put(tmp_path / f"clone/politic/{name}.txt", ARTICLE)
    status, out = run(prepare, tmp_path / "clone")
    assert status == 0
    for path, name in ((out, ID), (out.with_name("held-out.jsonl"), HELD_OUT)):
        assert [each.id for each in load_documents([path], ONTOLOGY)] == [name]


def test_a_text_that_differs_is_counted_and_named(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "clone" / f"{ID}.txt", ARTICLE.replace("قتلى", "جرحى"))
    assert run(prepare, tmp_path / "clone")[0] == 1
    assert f"0 text missing\n1 hash differs\n    {ID}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "is not there; clone"),
        ("folder", "holds no article of the corpus"),
        ("texts.jsonl", "texts.jsonl:1: expected a JSON object with 'id' and 'text'"),
    ],
)
def test_a_wrong_source_is_explained(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    put(tmp_path / "folder/README.txt", "x")
    put(tmp_path / "texts.jsonl", "{}")
    with pytest.raises(SystemExit, match="2"):
        run(prepare, tmp_path / name)
    assert message in capsys.readouterr().err


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path / "absent")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "is not there" in done.stderr) == (2, True), done.stderr
