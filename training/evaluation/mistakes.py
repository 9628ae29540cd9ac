"""The errors to look at first, each with the sentences around it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

from hadath.text import Text

from .items import Attached, Items, Pair, Trigger

Spanned = TypeVar("Spanned", Trigger, Attached)
Side = Literal["gold", "predicted", "trigger"]
# Code points of context kept on either side where a sentence has no end in sight.
_REACH = 300


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to show, and what it was called. `trigger` marks the trigger that an argument belongs to."""

    start: int
    end: int
    side: Side
    label: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error. `score` is the model's confidence in what it wrongly said; None for what it missed."""

    pair: Pair
    marks: tuple[Mark, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same marks; `sides` names them."""

    text: str
    sides: tuple[Side, ...]


def worst(mistakes: Iterable[Mistake], count: int) -> list[Mistake]:
    """The `count` most confident mistakes; those without a score are picked evenly over the documents."""
    found = list(mistakes)
    if any(mistake.score is None for mistake in found):
        return [found[i * len(found) // count] for i in range(count)] if len(found) > count else found
    return sorted(found, key=lambda mistake: -(mistake.score or 0.0))[:count]


def missed_triggers(pair: Pair) -> Iterator[Mistake]:
    """Gold triggers on whose span the model predicts nothing; predictions that overlap them are shown."""
    taken = _spans(pair.predicted)
    for trigger in sorted(pair.gold.triggers):
        if (trigger.start, trigger.end) not in taken:
            near = [_predicted(pair, other) for other in _overlapping(trigger, pair.predicted.triggers)]
            yield Mistake(pair, (_gold(trigger), *near))


def spurious_triggers(pair: Pair) -> Iterator[Mistake]:
    """Predicted triggers whose span is no gold trigger; gold triggers that overlap them are shown."""
    taken = _spans(pair.gold)
    for trigger in sorted(pair.predicted.triggers):
        if (trigger.start, trigger.end) not in taken:
            near = [_gold(other) for other in _overlapping(trigger, pair.gold.triggers)]
            mark = _predicted(pair, trigger)
            yield Mistake(pair, (mark, *near), mark.score)


def wrong_types(pair: Pair) -> Iterator[Mistake]:
    """Predicted triggers whose span is right and whose type is not."""
    taken = _spans(pair.gold)
    for trigger in sorted(pair.predicted.triggers.keys() - pair.gold.triggers.keys()):
        if (trigger.start, trigger.end) in taken:
            same = [_gold(other) for other in _overlapping(trigger, pair.gold.triggers)]
            mark = _predicted(pair, trigger)
            yield Mistake(pair, (*same, mark), mark.score)


def wrong_modalities(pair: Pair) -> Iterator[Mistake]:
    """Right triggers with the wrong modality."""
    for trigger in pair.right:
        gold, predicted = pair.gold.triggers[trigger], pair.predicted.triggers[trigger]
        if gold.modality != predicted.modality:
            ours = Mark(trigger.start, trigger.end, "gold", f"{trigger.type}, {gold.modality}")
            said = Mark(
                trigger.start, trigger.end, "predicted", f"{trigger.type}, {predicted.modality}", predicted.score
            )
            yield Mistake(pair, (ours, said), predicted.score)


def missed_arguments(pair: Pair) -> Iterator[Mistake]:
    """Gold arguments that were not found though their trigger was; predictions that overlap them are shown."""
    for argument in sorted(pair.gold.arguments.keys() - pair.predicted.arguments.keys()):
        if argument.trigger in pair.predicted.triggers:
            near = [_argument(other, "predicted", pair) for other in _rivals(argument, pair.predicted)]
            yield Mistake(pair, (_owner(argument), _argument(argument, "gold", pair), *near))


def spurious_arguments(pair: Pair) -> Iterator[Mistake]:
    """Predicted arguments of a right trigger that are not gold; gold arguments that overlap them are shown."""
    for argument in sorted(pair.predicted.arguments.keys() - pair.gold.arguments.keys()):
        if argument.trigger in pair.gold.triggers:
            near = [_argument(other, "gold", pair) for other in _rivals(argument, pair.gold)]
            mark = _argument(argument, "predicted", pair)
            yield Mistake(pair, (_owner(argument), mark, *near), mark.score)


def context(mistake: Mistake) -> list[Piece]:
    """The sentences that hold the marks, cut where the marks begin and end."""
    text = mistake.pair.text
    first, last = min(mark.start for mark in mistake.marks), max(mark.end for mark in mistake.marks)
    begin, end = _sentences(text, first, last)
    edges = sorted({begin, end, *(edge for mark in mistake.marks for edge in (mark.start, mark.end))})
    pieces = [
        Piece(
            text[start:stop],
            tuple(dict.fromkeys(mark.side for mark in mistake.marks if mark.start <= start and stop <= mark.end)),
        )
        for start, stop in pairwise(edges)
    ]
    before = [Piece("… ", ())] if begin > 0 else []
    after = [Piece(" …", ())] if end < len(text.rstrip()) else []
    return before + pieces + after


def _sentences(text: str, first: int, last: int) -> tuple[int, int]:
    """Where the sentence of `first` begins and that of `last` ends, cut to words when they are too far away."""
    words = Text.read(text).words
    openings = [word.start for word in words if word.opens_sentence]
    begin = max((start for start in openings if start <= first), default=0)
    following = bisect_left(openings, last)
    end = openings[following] if following < len(openings) else len(text)
    if first - begin > _REACH:
        starts = [word.start for word in words]
        begin = min(first, starts[bisect_left(starts, first - _REACH)])
    if end - last > _REACH:
        ends = [word.end for word in words]
        end = max(last, ends[bisect_right(ends, last + _REACH) - 1])
    return begin, max(last, begin + len(text[begin:end].rstrip()))


def _spans(items: Items) -> set[tuple[int, int]]:
    return {(trigger.start, trigger.end) for trigger in items.triggers}


def _overlapping(one: Spanned, others: Iterable[Spanned]) -> list[Spanned]:
    return sorted(other for other in others if other.start < one.end and one.start < other.end)


def _rivals(argument: Attached, items: Items) -> list[Attached]:
    """Arguments of the same event that overlap this one."""
    return _overlapping(argument, (other for other in items.arguments if other.trigger == argument.trigger))


def _gold(trigger: Trigger) -> Mark:
    return Mark(trigger.start, trigger.end, "gold", trigger.type)


def _predicted(pair: Pair, trigger: Trigger) -> Mark:
    return Mark(trigger.start, trigger.end, "predicted", trigger.type, pair.predicted.triggers[trigger].trigger.score)


def _owner(argument: Attached) -> Mark:
    return Mark(argument.trigger.start, argument.trigger.end, "trigger", argument.trigger.type)


def _argument(argument: Attached, side: Literal["gold", "predicted"], pair: Pair) -> Mark:
    score = pair.predicted.arguments[argument] if side == "predicted" else None
    return Mark(argument.start, argument.end, side, argument.role, score)


KINDS = (
    ("Spurious triggers", spurious_triggers),
    ("Missed triggers", missed_triggers),
    ("Wrong type", wrong_types),
    ("Wrong modality", wrong_modalities),
    ("Spurious arguments", spurious_arguments),
    ("Missed arguments", missed_arguments),
)


def mistakes_by_kind(pairs: Sequence[Pair]) -> list[tuple[str, list[Mistake]]]:
    """All mistakes by kind, in the order of the documents; those in arguments only where the trigger is right."""
    return [(kind, [mistake for pair in pairs for mistake in find(pair)]) for kind, find in KINDS]
