"""Windows that are joined keep their labels and their words' places."""

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from training.examples import IGNORED
from training.joined import JoiningCollator, joined
from training.trainer import Collator

OPENING, CLOSING = 2, 3
Row = Mapping[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A window of a few words of one or two sub-words, some of them triggers."""
    subwords = draw(st.lists(st.integers(1, 2), min_size=1, max_size=6))
    positions = [1 + sum(subwords[:i]) for i in range(len(subwords))]
    triggers = draw(st.lists(st.integers(0, len(subwords) - 1), max_size=3))
    labels = st.integers(0, 4)
    return {
        "input_ids": [
            OPENING,
            *draw(st.lists(st.integers(5, 99), min_size=sum(subwords), max_size=sum(subwords))),
            CLOSING,
        ],
        "positions": positions,
        "trigger_labels": [draw(labels | st.just(IGNORED)) for _ in subwords],
        "trigger_words": triggers,
        "trigger_types": [draw(labels) for _ in triggers],
        "modalities": [draw(labels) for _ in triggers],
        "role_labels": [[draw(labels) for _ in subwords] for _ in triggers],
    }


def said(row: Row) -> tuple[list[tuple[int, int]], list[tuple[Any, ...]]]:
    """What a row says: of each word its sub-word and label, of each trigger its word, type, modality and arguments."""
    first = [row["input_ids"][place] for place in row["positions"]]
    triggers = []
    for word, kind, modality, roles in zip(
        row["trigger_words"], row["trigger_types"], row["modalities"], row["role_labels"], strict=True
    ):
        found = [(first[i], label) for i, label in enumerate(roles) if label]
        triggers.append((first[word], kind, modality, found))
    return list(zip(first, row["trigger_labels"], strict=True)), triggers


@given(rows(), rows())
def test_a_joined_window_says_what_its_two_said(first: Row, second: Row) -> None:
    both = joined(first, second)
    assert said(both) == tuple(one + other for one, other in zip(said(first), said(second), strict=True))
    assert both["input_ids"] == [OPENING, *first["input_ids"][1:-1], *second["input_ids"][1:-1], CLOSING]
    assert all(len(roles) == len(both["positions"]) for roles in both["role_labels"])


@given(st.lists(rows(), min_size=1, max_size=5), st.integers(3, 30))
def test_only_what_fits_is_joined_and_nothing_is_lost(given_rows: list[Row], limit: int) -> None:
    alone = Collator(0)(given_rows)
    batch = JoiningCollator(Collator(0), share=1.0, limit=limit)(given_rows)
    assert batch["attention_mask"].sum(1).max() <= max(limit, alone["attention_mask"].sum(1).max())
    for name in ("trigger_labels", "modality_labels"):
        assert sorted(batch[name][batch[name] != IGNORED].tolist()) == sorted(
            alone[name][alone[name] != IGNORED].tolist()
        )
    pairs = zip(given_rows[::2], given_rows[1::2], strict=False)
    fitting = sum(len(one["input_ids"]) + len(other["input_ids"]) - 2 <= limit for one, other in pairs)
    assert len(batch["input_ids"]) == len(given_rows) - fitting


def test_the_share_says_how_many_batches_are_joined() -> None:
    random.seed(1)
    row = {"input_ids": [2, 5, 3], "positions": [1], "trigger_labels": [0], "role_labels": []}
    row |= {name: [] for name in ("trigger_words", "trigger_types", "modalities")}
    collate = JoiningCollator(Collator(0), share=0.3, limit=9)
    sizes = [len(collate([row, row])["input_ids"]) for _ in range(500)]
    assert 0.2 < sizes.count(1) / 500 < 0.4
    assert set(sizes) == {1, 2}
