"""Join the annotations of this folder with the articles of the ANT corpus, which are not part of the project.

    python data/ant/prepare.py SOURCE… [--out FOLDER]

A SOURCE is a clone of the corpus (github.com/antcorpus/antcorpus.data), or a folder of its articles as plain or
marked-up text, each file named by its id, or a JSONL file with `id` and `text`.
"""

import argparse
import html
import json
import re
import sys
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hadath.errors import DataError
from hadath.schema import Document
from training.data.markup import plain_text
from training.data.standoff import Record, join, read

HERE = Path(__file__).resolve().parent
# The files of annotations, those that are trained on and those that are never, and what each becomes.
JOINED = {"annotations.jsonl": "articles.jsonl", "held-out-annotations.jsonl": "held-out.jsonl"}
_FIELD = r"<{0}>(.*?)</{0}>"
_TITLE, _BODY = (re.compile(_FIELD.format(name), re.DOTALL) for name in ("TITLE", "TEXT"))


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Documents, and the ids that gave none, by cause."""

    documents: tuple[Document, ...]
    missing: tuple[str, ...]
    differing: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if an article is missing or differs from the one that was annotated."""
    parser = argparse.ArgumentParser(description="Join the ANT annotations with the articles of the ANT corpus.")
    parser.add_argument(
        "sources",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="a clone of antcorpus/antcorpus.data, or texts named by id; the first that has an article gives it",
    )
    parser.add_argument("--out", type=Path, default=HERE, metavar="FOLDER", help="where the JSONL files go")
    options = parser.parse_args(arguments)
    records = {name: read(HERE / name) for name in JOINED}
    wanted = {record.id for found in records.values() for record in found}
    try:
        texts = ChainMap(*(read_texts(source, wanted) for source in options.sources))
    except DataError as error:
        parser.error(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    joined = {name: join_all(found, texts) for name, found in records.items()}
    for name, found in joined.items():
        path = options.out / JOINED[name]
        write_documents(path, found.documents)
        print(f"{len(found.documents)} joined, written to {path}")
    missing = [each for found in joined.values() for each in found.missing]
    differing = [each for found in joined.values() for each in found.differing]
    for cause, ids in (("text missing", missing), ("hash differs", differing)):
        print(f"{len(ids)} {cause}" + "".join(f"\n    {each}" for each in ids))
    return int(bool(missing or differing))


def read_texts(source: Path, wanted: Iterable[str]) -> dict[str, str]:
    """The texts that the source holds of the wanted ids. Raises DataError for a source that holds none."""
    if source.is_dir():
        files = {path.stem: path for path in sorted(source.rglob("*.txt"))}
        texts = {name: article_text(_decoded(files[name])) for name in wanted if name in files}
    elif source.is_file():
        texts = {name: tidy(text) for name, text in _lines(source)}
    else:
        raise DataError(f"{source} is not there; clone https://github.com/antcorpus/antcorpus.data and give its folder")
    if not texts:
        raise DataError(f"{source} holds no article of the corpus; expected files like JA-politic-47-24012017.txt")
    return texts


def article_text(source: str) -> str:
    """The text that was annotated, from a file of the corpus or from a plain or marked-up text."""
    title, body = _TITLE.search(source), _BODY.search(source)
    if title and body:
        # The files look like XML; a clone that escapes as XML does gives the same text.
        return tidy(html.unescape(f"{' '.join(title[1].split())}\n{body[1]}"))
    return tidy(plain_text(source))


def tidy(text: str) -> str:
    """Runs of blanks become one, blanks at the edges of lines and empty lines go, a line break ends the text."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "".join(f"{line}\n" for line in lines if line)


def join_all(records: Iterable[Record], texts: Mapping[str, str]) -> Joined:
    """Every record on its text."""
    documents, missing, differing = [], [], []
    for record in records:
        if record.id not in texts:
            missing.append(record.id)
            continue
        try:
            documents.append(join(record, texts[record.id]))
        except DataError:
            differing.append(record.id)
    return Joined(documents=tuple(documents), missing=tuple(missing), differing=tuple(differing))


def write_documents(path: Path, documents: Iterable[Document]) -> None:
    """One line each."""
    lines = (json.dumps(document.to_json(), ensure_ascii=False) for document in documents)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_decoded(path).split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
                yield record["id"], record["text"]
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{path}:{number}: expected a JSON object with 'id' and 'text'") from error


if __name__ == "__main__":
    sys.exit(main())
