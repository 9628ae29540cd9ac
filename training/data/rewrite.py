"""Changes to a text under which its annotations keep their words."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate

from hadath.schema import Argument, Document, Span


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """`text` in place of `[start, end)`, in code points; put in before the character there if they are equal."""

    start: int
    end: int
    text: str


def rewrite(document: Document, edits: Iterable[Edit]) -> Document:
    """Carry out edits that do not overlap, each inside a span, around one, or touching none.

    What is put in where a span begins stands before it, where a span ends inside it.
    """
    ordered = sorted(edits)
    pieces, cursor = [], 0
    for edit in ordered:
        pieces += [document.text[cursor : edit.start], edit.text]
        cursor = edit.end
    text = "".join([*pieces, document.text[cursor:]])
    ends = [edit.end for edit in ordered]
    shifts = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in ordered)]

    def place(offset: int) -> int:
        return offset + shifts[bisect_right(ends, offset)]

    def argument(old: Argument) -> Argument:
        start, end = place(old.start), place(old.end)
        return replace(old, start=start, end=end, text=text[start:end])

    def trigger(old: Span) -> Span:
        return Span.cut(text, place(old.start), place(old.end), old.score)

    events = tuple(
        replace(event, trigger=trigger(event.trigger), arguments=tuple(map(argument, event.arguments)))
        for event in document.events
    )
    return replace(document, text=text, events=events)
