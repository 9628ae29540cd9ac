"""Documents as JSON, one a line: for programs. `Document.from_json` reads a line back."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hadath.ontology import Ontology
from hadath.schema import Document


def render(documents: Iterable[Document], _ontology: Ontology) -> Iterator[str]:
    """One line for each document."""
    return (line(document) for document in documents)


def line(document: Document) -> str:
    """The document as it stands in a hadath JSON file."""
    return dumped(document.to_json())


def dumped(record: Mapping[str, Any]) -> str:
    r"""Letters stand as they are, unless the record holds half of a surrogate pair, which UTF-8 cannot write.

    Such a record is written with \u escapes throughout; it reads back the same.
    """
    written = json.dumps(record, ensure_ascii=False, allow_nan=False)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        written = json.dumps(record, allow_nan=False)
    return written + "\n"
