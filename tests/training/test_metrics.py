"""The figures against documents counted by hand. `gold` and `predicted` are lists of events in one short text."""

import json
from dataclasses import replace
from itertools import chain
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.errors import DataError
from hadath.ontology import EventType, Ontology
from hadath.schema import Argument, Document, Event, Span
from training.evaluation import Evaluation, evaluate, format_table, to_json
from training.evaluation.confusion import Cell
from training.evaluation.counts import Counts

ROLES = ("Actor", "Place", "Time")
ONTOLOGY = Ontology(
    version=1,
    roles=ROLES,
    types=tuple(EventType(name=name, roles=ROLES) for name in ("Attack", "Die", "Arrest")),
    modalities=("actual", "negated", "possible"),
)
# Words at [0, 2), [3, 5), … [27, 29).
TEXT = "aa bb cc dd ee ff gg hh ii jj"


def span(first: int, last: int | None = None, score: float = 1.0) -> Span:
    """The span of words `first` to `last`, both included."""
    return Span.cut(TEXT, 3 * first, 3 * (first if last is None else last) + 2, score)


def argument(role: str, first: int, last: int | None = None, score: float = 1.0) -> Argument:
    words = span(first, last)
    return Argument(role=role, start=words.start, end=words.end, text=words.text, score=score)


def event(kind: str, trigger: Span, *arguments: Argument, modality: str = "actual", score: float = 1.0) -> Event:
    return Event(id="e", type=kind, modality=modality, trigger=trigger, arguments=arguments, score=score)


def document(*events: Event, name: str = "d") -> Document:
    return Document(id=name, text=TEXT, events=events)


def compare(gold: list[Event], predicted: list[Event]) -> Evaluation:
    return evaluate([document(*gold)], [document(*predicted)], ONTOLOGY, samples=20)


GOLD = [
    event("Attack", span(0), argument("Actor", 1, 2), argument("Place", 3)),
    event("Die", span(4), argument("Time", 5), modality="negated"),
    event("Arrest", span(6), argument("Actor", 7)),
]

triggers = st.builds(
    lambda kind, word, size, modality, score, arguments: event(
        kind, span(word, min(word + size, 9), score), *arguments, modality=modality
    ),
    st.sampled_from(["Attack", "Die", "Arrest"]),
    st.integers(0, 9),
    st.integers(0, 1),
    st.sampled_from(ONTOLOGY.modalities),
    st.floats(0, 1),
    st.lists(st.builds(argument, st.sampled_from(ROLES), st.integers(0, 9), score=st.floats(0, 1)), max_size=3),
)
corpora = st.lists(st.tuples(st.lists(triggers, max_size=4), st.lists(triggers, max_size=4)), min_size=1, max_size=7)


def test_counts_add_up_and_undefined_rates_are_zero() -> None:
    assert (Counts(2, 4, 5).precision, Counts(2, 4, 5).recall, Counts(2, 4, 5).f1) == (0.5, 0.4, 4 / 9)
    assert (Counts().precision, Counts().recall, Counts().f1) == (0.0, 0.0, 0.0)


def test_known_counts() -> None:
    predicted = [
        event("Attack", span(0), argument("Actor", 1, 2), argument("Time", 3), argument("Place", 9)),
        event("Attack", span(4), argument("Time", 5)),
        event("Arrest", span(8), argument("Actor", 7)),
    ]
    found = compare(GOLD, predicted)
    assert found.trig_i.counts == Counts(2, 3, 3)
    assert found.trig_c.counts == Counts(1, 3, 3)
    assert found.arg_i.counts == Counts(2, 5, 4)
    assert found.arg_c.counts == Counts(1, 5, 4)
    assert found.types["Attack"].counts == Counts(1, 2, 1)
    assert found.types["Die"].counts == Counts(0, 0, 1)
    assert found.roles["Actor"].counts == Counts(1, 2, 2)
    assert found.roles["Time"].counts == Counts(0, 2, 1)
    assert found.trig_c.f1.value == pytest.approx(1 / 3)


def test_perfect_prediction_scores_one_everywhere() -> None:
    found = compare(GOLD, GOLD)
    for score in (found.trig_i, found.trig_c, found.arg_i, found.arg_c, *found.types.values(), *found.roles.values()):
        assert score.f1.value == 1.0
    assert found.modality.macro_f1.value == found.modality.accuracy.value == 1.0
    assert {each.ece for each in found.reliabilities.values()} == {0.0}
    assert found.trigger_sequences.micro.f1 == found.argument_sequences.micro.f1 == 1.0
    assert all(cell.gold == cell.predicted for cell in found.confusion)


def test_nothing_on_either_side_is_zero_without_warnings() -> None:
    found = compare([], [])
    assert found.trig_c.f1.value == found.modality.macro_f1.value == found.reliabilities["triggers"].ece == 0.0
    assert found.trigger_sequences.micro.support == found.argument_sequences.sequences == 0


@pytest.mark.parametrize("trigger", [span(0, 1), span(1)])
def test_trigger_one_word_off_is_wrong(trigger: Span) -> None:
    found = compare([event("Attack", span(0))], [event("Attack", trigger)])
    assert found.trig_i.counts == found.trig_c.counts == Counts(0, 1, 1)
    assert found.trigger_sequences.micro.f1 == 0.0


def test_argument_one_word_short_is_wrong() -> None:
    found = compare(
        [event("Attack", span(0), argument("Actor", 1, 2))], [event("Attack", span(0), argument("Actor", 1))]
    )
    assert found.arg_i.counts == found.arg_c.counts == Counts(0, 1, 1)
    assert found.argument_sequences.micro.f1 == 0.0


def test_argument_on_another_trigger_is_wrong() -> None:
    gold = [event("Attack", span(0), argument("Actor", 1)), event("Attack", span(4))]
    predicted = [event("Attack", span(0)), event("Attack", span(4), argument("Actor", 1))]
    found = compare(gold, predicted)
    assert found.trig_c.counts == Counts(2, 2, 2)
    assert found.arg_i.counts == found.arg_c.counts == Counts(0, 1, 1)


def test_argument_of_a_trigger_with_the_wrong_type_is_wrong() -> None:
    found = compare([event("Attack", span(0), argument("Actor", 1))], [event("Die", span(0), argument("Actor", 1))])
    assert found.trig_i.counts == Counts(1, 1, 1)
    assert found.arg_i.counts == Counts(0, 1, 1)


def test_duplicates_count_once() -> None:
    assert compare(GOLD, GOLD + GOLD) == compare(GOLD, GOLD)


def test_modality_is_judged_on_right_triggers_only() -> None:
    gold = [
        event("Attack", span(0)),
        event("Attack", span(1)),
        event("Attack", span(2), modality="negated"),
        event("Attack", span(3), modality="possible"),
    ]
    predicted = [
        event("Attack", span(0)),
        event("Attack", span(1), modality="negated"),
        event("Attack", span(2), modality="negated"),
        event("Die", span(3), modality="actual"),
    ]
    modality = compare(gold, predicted).modality
    assert modality.labels["actual"].counts == Counts(1, 1, 2)
    assert modality.labels["negated"].counts == Counts(1, 2, 1)
    assert modality.labels["possible"].counts == Counts(0, 0, 0)
    assert modality.accuracy.value == pytest.approx(2 / 3)
    assert modality.macro_f1.value == pytest.approx(2 / 3), "the mean over the two modalities that occur"


def test_confusion_tells_missed_spurious_and_mistaken_types() -> None:
    predicted = [event("Attack", span(0)), event("Attack", span(4)), event("Arrest", span(8))]
    assert compare(GOLD, predicted).confusion == (
        Cell("Attack", "Attack", 1),
        Cell("Die", "Attack", 1),
        Cell("Arrest", None, 1),
        Cell(None, "Arrest", 1),
    )


def test_calibration_holds_trigger_scores_against_type_and_span() -> None:
    predicted = [event("Attack", span(0, score=0.9)), event("Arrest", span(4, score=0.6))]
    assert compare(GOLD, predicted).reliabilities["triggers"].ece == pytest.approx((0.1 + 0.6) / 2)


def test_calibration_holds_event_scores_against_type_span_and_modality() -> None:
    gold = [event("Attack", span(0)), event("Die", span(4), modality="negated"), event("Arrest", span(6))]
    predicted = [
        event("Attack", span(0), score=0.9),
        event("Die", span(4), score=0.6),
        event("Die", span(6), score=0.3),
    ]
    found = compare(gold, predicted).reliabilities
    assert found["events"].ece == pytest.approx((0.1 + 0.6 + 0.3) / 3)
    assert found["triggers"].ece == pytest.approx(1 / 3), "their scores are 1, and one has the wrong type"


def test_bootstrap_intervals_are_seeded_and_hold_the_figure() -> None:
    gold = [document(*GOLD, name=f"d{i}") for i in range(12)]
    predicted = [document(*GOLD[: i % 4], name=f"d{i}") for i in range(12)]
    first, again, other = (evaluate(gold, predicted, ONTOLOGY, samples=200, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.trig_c.f1 != other.trig_c.f1
    f1 = first.trig_c.f1
    assert f1.low is not None
    assert f1.high is not None
    assert f1.low < f1.value < f1.high
    assert f1.interval == f"{f1.low:.3f}–{f1.high:.3f}"
    assert first.trig_c.f1.value == other.trig_c.f1.value


@settings(max_examples=40, deadline=None)
@given(corpora, st.randoms(use_true_random=False))
def test_order_of_documents_events_and_arguments_changes_nothing(
    corpus: list[tuple[list[Event], list[Event]]], random: Random
) -> None:
    gold = [document(*ours, name=f"d{i}") for i, (ours, _) in enumerate(corpus)]
    predicted = [document(*theirs, name=f"d{i}") for i, (_, theirs) in enumerate(corpus)]
    expected = evaluate(gold, predicted, ONTOLOGY, samples=10)
    for side in (gold, predicted):
        for i, each in enumerate(side):
            events = [replace(one, arguments=tuple(reversed(one.arguments))) for one in each.events]
            random.shuffle(events)
            side[i] = replace(each, events=tuple(events))
        random.shuffle(side)
    assert evaluate(gold, predicted, ONTOLOGY, samples=10) == expected


@settings(max_examples=40, deadline=None)
@given(corpora)
def test_parts_add_up_to_the_whole(corpus: list[tuple[list[Event], list[Event]]]) -> None:
    gold = [document(*ours, name=f"d{i}") for i, (ours, _) in enumerate(corpus)]
    predicted = [document(*theirs, name=f"d{i}") for i, (_, theirs) in enumerate(corpus)]
    found = evaluate(gold, predicted, ONTOLOGY, samples=5)
    assert sum((score.counts for score in found.types.values()), Counts()) == found.trig_c.counts
    assert sum((score.counts for score in found.roles.values()), Counts()) == found.arg_c.counts
    assert found.trig_i.counts.right >= 0
    assert found.arg_i.counts.right >= 0
    diagonal = sum(cell.count for cell in found.confusion if cell.gold == cell.predicted)
    assert diagonal == found.trig_c.counts.right
    assert sum(each.count for each in found.reliabilities["triggers"].bins) == found.trig_c.counts.predicted
    for score in chain((found.trig_i, found.arg_c), found.types.values()):
        if score.f1.low is None or score.f1.high is None:
            assert len(corpus) < 5 or score.counts == Counts(), "too little to tell"
        else:
            assert 0 <= score.f1.low <= score.f1.high <= 1


def test_overlaps_are_counted_in_the_evaluation() -> None:
    gold = [event("Attack", span(0), argument("Actor", 1, 2), argument("Place", 2)), event("Die", span(0))]
    found = compare(gold, [event("Attack", span(0))])
    assert (found.trigger_sequences.gold_left_out, found.trigger_sequences.predicted_left_out) == (1, 0)
    assert (found.argument_sequences.gold_left_out, found.argument_sequences.sequences) == (1, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([], [], "no gold documents"),
        ([document(name="a")], [], "'a'"),
        ([document(name="a")], [document(name="a"), document(name="b")], "'b'"),
        ([document(name="a"), document(name="a")], [document(name="a")], "twice in the gold"),
        ([document(name="a")], [Document(id="a", text="other")], "'a'.*text"),
        ([document(name="a")], [document(event("Picnic", span(0)), name="a")], "predicted type 'Picnic'"),
        ([document(event("Die", span(0), modality="odd"), name="a")], [document(name="a")], "gold modality 'odd'"),
        (
            [document(event("Die", span(0), argument("Cook", 1)), name="a")],
            [document(name="a")],
            "gold role 'Cook'",
        ),
    ],
)
def test_faulty_data_are_named(gold: list[Document], predicted: list[Document], message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(gold, predicted, ONTOLOGY, samples=5)


def test_no_samples_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1 sample, got 0"):
        evaluate([document()], [document()], ONTOLOGY, samples=0)


def test_json_holds_the_figures_and_survives_a_round_trip() -> None:
    tree = json.loads(json.dumps(to_json(compare(GOLD, GOLD[:1]))))
    assert tree["trig_c"]["counts"] == {"right": 1, "predicted": 1, "gold": 3}
    assert tree["arg_c"]["f1"]["value"] == pytest.approx(2 / 3)
    assert tree["confusion"][0] == {"gold": "Attack", "predicted": "Attack", "count": 1}
    assert set(tree["types"]) == {"Attack", "Die", "Arrest"}


def test_table_shows_figures_with_intervals_and_definitions() -> None:
    table = format_table(compare(GOLD, GOLD[:1]))
    row = next(line for line in table.splitlines() if line.startswith("Trig-C "))
    assert row.split()[1:] == ["1.000", "–", "0.333", "–", "0.500", "–", "1", "1", "3"], "one document has no interval"
    assert "given right triggers" in table
