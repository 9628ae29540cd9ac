"""What is wrong in a file of annotations, and where."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from hadath.errors import DataError


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake; `line` and `column` count from 1 in the source file, columns in code points."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"

    @classmethod
    def at(cls, path: str, source: str, offset: int, message: str) -> "Fault":
        """A fault at a code point of the source."""
        return cls(path, source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset), message)


class FaultError(DataError):
    """Annotations with faults; all of them, in the order of the source."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that does not exist: with the nearest that does, or with all."""
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    hint = f"did you mean {by_lower[near[0]]!r}?" if near else f"known are {', '.join(by_lower.values())}"
    return f"unknown {kind} {name!r}; {hint}"
