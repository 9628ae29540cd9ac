"""The view of seqeval: strict IOB2, and what it cannot hold."""

from hadath.text import Text
from training.evaluation.sequences import iob2, strict_scores

# Words at [0, 2), [3, 5), … [27, 29).
TEXT = "aa bb cc dd ee ff gg hh ii jj"


def test_seqeval_is_strict_where_its_default_is_lenient() -> None:
    labels, micro = strict_scores([["B-Attack", "I-Attack"]], [["I-Attack", "I-Attack"]])
    assert micro.f1 == labels["Attack"].f1 == 0.0
    assert strict_scores([["B-Attack", "I-Attack"]], [["B-Attack", "I-Attack"]])[1].f1 == 1.0


def test_overlapping_and_ragged_spans_are_left_out_of_iob2_and_counted() -> None:
    words = Text.read(TEXT).words
    tags, left_out = iob2(words, [(0, 2, "A"), (0, 5, "B"), (3, 8, "C"), (9, 11, "D"), (12, 13, "E")])
    assert tags[:5] == ["B-B", "I-B", "O", "B-D", "O"]
    assert left_out == 3
