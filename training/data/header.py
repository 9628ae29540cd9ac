"""The front matter that an annotated source may begin with.

---
id: iraq-agency-01
style: agency
region: iraq
date: 2024-01-21
---
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hadath.errors import DataError

from .check import Complaint
from .faults import unknown

KEYS = ("id", "style", "region", "date")
_RULE = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True)
class Header:
    """The entries of a header; the text starts at `length`. Complaints count from the start of the source."""

    entries: Mapping[str, str]
    length: int
    complaints: tuple[Complaint, ...]


def read_header(source: str) -> Header:
    """The header of a source, or an empty one if its first line is not `---`."""
    opening = _RULE.match(source)
    if not opening:
        return Header({}, 0, ())
    entries: dict[str, str] = {}
    found: list[Complaint] = []
    cursor = opening.end()
    while line := _LINE.match(source, cursor):
        if _RULE.match(source, cursor):
            return Header(entries, line.end(), tuple(found))
        key, colon, value = (part.strip() for part in line.group().partition(":"))
        if problem := _problem(key, colon, value, entries):
            found.append(Complaint(cursor, f"header: {problem}"))
        entries[key] = value
        cursor = line.end()
    # The rest is still read as text, so that faults in it are reported as well.
    return Header({}, opening.end(), (Complaint(0, "header: no closing line '---'"),))


def write_header(id: str, meta: Mapping[str, Any]) -> str:
    """The inverse. Raises DataError for an entry that a header cannot hold."""
    entries = {"id": id, **meta}
    lines = []
    for key in sorted(entries, key=lambda key: KEYS.index(key) if key in KEYS else len(KEYS)):
        value = entries[key]
        if not isinstance(value, str) or value != " ".join(value.split("\n")).strip():
            raise DataError(f"header: {key!r} is {value!r}; expected text on one line without blanks around it")
        if problem := _problem(key, ":", value, {}):
            raise DataError(f"header: {problem}")
        lines.append(f"{key}: {value}\n")
    return "".join(("---\n", *lines, "---\n"))


def needs_header(text: str) -> bool:
    """Whether the text itself would be taken for one that begins with a header."""
    return _RULE.match(text) is not None


def _problem(key: str, colon: str, value: str, entries: Mapping[str, str]) -> str | None:
    if not colon or not value:
        return f"expected 'key: value', got {(key + colon)!r}"
    if key not in KEYS:
        return unknown("key", key, KEYS)
    if key in entries:
        return f"{key!r} stands twice"
    if key == "date" and not _is_date(value):
        return f"date {value!r} is not of the form 2024-01-31"
    return None


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
