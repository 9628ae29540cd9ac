"""Which type is taken for which."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from .items import Pair, Trigger


@dataclass(frozen=True, slots=True)
class Cell:
    """How many triggers of the gold type got the predicted one.

    `gold` is None for spurious triggers, `predicted` None for missed ones.
    """

    gold: str | None
    predicted: str | None
    count: int


def confusion(pairs: Iterable[Pair], types: Sequence[str]) -> tuple[Cell, ...]:
    """Compare types where the trigger spans agree; cells that are not 0, in the order of `types`, None last.

    Where a span triggers several events, equal types meet first and the rest in the order of their names.
    """
    cells: Counter[tuple[str | None, str | None]] = Counter()
    for pair in pairs:
        gold, predicted = _types_by_span(pair.gold.triggers), _types_by_span(pair.predicted.triggers)
        for span in gold.keys() | predicted.keys():
            ours, theirs = gold[span], predicted[span]
            cells.update((name, name) for name in ours & theirs)
            cells.update(zip_longest(sorted(ours - theirs), sorted(theirs - ours)))
    place: dict[str | None, int] = {name: i for i, name in enumerate([*types, None])}
    ranked = sorted(cells.items(), key=lambda cell: (place[cell[0][0]], place[cell[0][1]]))
    return tuple(Cell(gold, predicted, count) for (gold, predicted), count in ranked)


def _types_by_span(triggers: Iterable[Trigger]) -> defaultdict[tuple[int, int], set[str]]:
    spans: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for trigger in triggers:
        spans[trigger.start, trigger.end].add(trigger.type)
    return spans
