"""Windows of several articles joined into one, as articles follow each other in a longer text.

Most articles are shorter than a window. A model that has only seen them alone reads what stands late in a window badly,
and takes arguments from the story next to it.
"""

import random
from collections.abc import Sequence

from .trainer import Batch, Collator, Row


class JoiningCollator:
    """Makes a batch as `collate` does, in a `share` of the batches with its windows joined two by two.

    Two that together are longer than `limit` sub-words stay apart.
    """

    def __init__(self, collate: Collator, *, share: float, limit: int) -> None:
        self._collate = collate
        self._share = share
        self._limit = limit

    def __call__(self, rows: Sequence[Row]) -> Batch:
        """Rows to tensors, as `Collator` does."""
        # The trainer seeds this generator, and keeps its state in checkpoints.
        if random.random() >= self._share:
            return self._collate(rows)
        pairs = [rows[i : i + 2] for i in range(0, len(rows), 2)]
        return self._collate([row for pair in pairs for row in self._together(pair)])

    def _together(self, pair: Sequence[Row]) -> Sequence[Row]:
        if len(pair) < 2 or sum(len(row["input_ids"]) for row in pair) - 2 > self._limit:
            return pair
        return [joined(*pair)]


def joined(first: Row, second: Row) -> Row:
    """One row of two. No word of one is an argument of the other's events; the special tokens between them go."""
    words, others = len(first["positions"]), len(second["positions"])
    # The second row's opening token goes as well as the first one's closing token.
    shift = len(first["input_ids"]) - 2
    return {
        "input_ids": [*first["input_ids"][:-1], *second["input_ids"][1:]],
        "positions": [*first["positions"], *(place + shift for place in second["positions"])],
        "trigger_words": [*first["trigger_words"], *(place + words for place in second["trigger_words"])],
        "role_labels": [
            *([*labels, *[0] * others] for labels in first["role_labels"]),
            *([*[0] * words, *labels] for labels in second["role_labels"]),
        ],
        **{name: [*first[name], *second[name]] for name in ("trigger_labels", "trigger_types", "modalities")},
    }
