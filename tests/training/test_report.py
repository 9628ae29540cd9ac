"""The HTML page: what stands in it, and that nothing in a text can act in it."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from hadath.ontology import EventType, Ontology
from hadath.schema import Argument, Document, Event, Span
from training.evaluation import CurvePoint, evaluate, write_report
from training.evaluation.charts import HEIGHT, WIDTH, learning_curves
from training.evaluation.items import Pair, pairs
from training.evaluation.mistakes import Mark, Mistake, context, mistakes_by_kind, worst

ROLES = ("Actor", "Place", "Time")
ONTOLOGY = Ontology(
    version=1,
    roles=ROLES,
    types=tuple(EventType(name=name, roles=ROLES) for name in ("Attack", "Die")),
    modalities=("actual", "negated"),
)
FIRST, SECOND, THIRD = "وقع هجوم أمس.", "قتل جندي في المدينة.", "انتهى اليوم."
TEXT = f"{FIRST} {SECOND} {THIRD}"


def event(
    text: str, kind: str, trigger: str, *roles: tuple[str, str], modality: str = "actual", score: float = 1.0
) -> Event:
    """An event on the first mention of `trigger`, with arguments given as (role, first mention)."""

    def cut(mention: str) -> tuple[int, int]:
        start = text.index(mention)
        return start, start + len(mention)

    arguments = []
    for role, mention in roles:
        start, end = cut(mention)
        arguments.append(Argument(role=role, start=start, end=end, text=mention, score=score))
    return Event(
        id="e",
        type=kind,
        modality=modality,
        trigger=Span.cut(text, *cut(trigger), score),
        arguments=tuple(arguments),
        score=score,
    )


def pair(gold: list[Event], predicted: list[Event]) -> Pair:
    ours, theirs = (Document(id="d", text=TEXT, events=tuple(events)) for events in (gold, predicted))
    return pairs([ours], [theirs])[0]


def page(
    path: Path, gold: list[Event], predicted: list[Event], *, text: str = TEXT, curves: tuple[CurvePoint, ...] = ()
) -> str:
    ours = [Document(id="<b>doc</b>", text=text, events=tuple(gold))]
    theirs = [Document(id="<b>doc</b>", text=text, events=tuple(predicted))]
    evaluation = evaluate(ours, theirs, ONTOLOGY, samples=10)
    write_report(evaluation, ours, theirs, path / "report.html", title="a <em>run</em>", curves=curves)
    return (path / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """The tags of a page, and whether each closes."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


GOLD = [event(TEXT, "Attack", "هجوم", ("Time", "أمس")), event(TEXT, "Die", "قتل", ("Place", "المدينة"))]
PREDICTED = [event(TEXT, "Attack", "هجوم", ("Place", "أمس"), modality="negated", score=0.8)]


def test_page_shows_figures_and_stands_alone(tmp_path: Path) -> None:
    html = page(tmp_path, GOLD, PREDICTED)
    reader = read(html)
    assert {"script", "link", "img", "iframe"}.isdisjoint(reader.tags)
    assert {"src", "href"}.isdisjoint(reader.attributes)
    assert "http" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert "<span>Trig-C F1</span><b>0.667</b>" in html
    assert 'dir="rtl"' in html


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=a()>'])
def test_markup_in_a_text_an_id_or_the_title_is_harmless(tmp_path: Path, hostile: str) -> None:
    text = f"هجوم {hostile} قتل"
    gold = [event(text, "Attack", "هجوم", ("Place", hostile))]
    html = page(tmp_path, gold, [event(text, "Attack", "هجوم")], text=text)
    reader = read(html)
    assert {"script", "img", "em"}.isdisjoint(reader.tags)
    assert {"onerror", "onload", "src"}.isdisjoint(reader.attributes)
    assert hostile not in html
    assert "<b>doc</b>" not in html
    assert "<em>run</em>" not in html


def test_half_of_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    text = "هجوم \ud83d هنا"
    assert "Missed triggers" in page(tmp_path, [event(text, "Attack", "هجوم")], [], text=text)


def test_curves_are_drawn_only_when_given(tmp_path: Path) -> None:
    curves = tuple(CurvePoint(step=i, epoch=i / 2, name="loss", value=1 / i) for i in (1, 2))
    assert "Learning curves" in page(tmp_path, GOLD, PREDICTED, curves=curves)
    assert "Learning curves" not in page(tmp_path, GOLD, PREDICTED)


def test_curves_show_what_the_thresholds_leave_out_and_a_ring_what_they_leave(tmp_path: Path) -> None:
    gold = [Document(id="d", text=TEXT, events=tuple(GOLD))]
    sure = [event(TEXT, "Attack", "هجوم", score=0.82)]
    unsure = [*sure, event(TEXT, "Die", "قتل", score=0.42), event(TEXT, "Die", "اليوم", score=0.22)]
    used, uncut = (Document(id="d", text=TEXT, events=tuple(events)) for events in (sure, unsure))
    first, second = (evaluate(gold, [each], ONTOLOGY, samples=10) for each in (used, uncut))
    write_report(first, gold, [used], tmp_path / "report.html", title="a run", uncut=second, uncalibrated=second)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    read(html)
    triggers = html[html.index("Precision and recall: Triggers") : html.index("Precision and recall: Arguments")]
    assert "scores from 0.20: precision 0.667, recall 1.000" in triggers
    assert "scores from 0.40: precision 1.000, recall 1.000" in triggers
    assert "as used: precision 1.000, recall 0.500" in triggers
    whole = html[html.index("Triggers, nothing left out") : html.index("Arguments, nothing left out")]
    assert "scores 0.2 to 0.3: 1 predictions, mean score 0.220, right 0.000" in whole
    assert "scores 0.2 to 0.3" not in html[: html.index("Triggers, nothing left out")]


def test_page_without_any_event_is_written(tmp_path: Path) -> None:
    read(page(tmp_path, [], []))


def test_curves_fill_their_box_with_losses_apart() -> None:
    points = [
        CurvePoint(step=20, epoch=2.0, name="train_loss", value=1.0),
        CurvePoint(step=10, epoch=1.0, name="train_loss", value=4.0),
        CurvePoint(step=20, epoch=2.0, name="trig_c", value=0.5),
    ]
    losses, rest = learning_curves(points)
    assert losses.lines[0].points == f"{WIDTH / 2:.1f},0.0 {WIDTH:.1f},{HEIGHT * 0.75:.1f}"
    assert losses.lines[0].last == 1.0
    assert rest.lines[0].points == f"{WIDTH:.1f},{HEIGHT / 2:.1f}", "figures are drawn from 0 to 1"
    assert learning_curves([]) == []


def kinds(gold: list[Event], predicted: list[Event]) -> dict[str, list[list[tuple[str, str]]]]:
    """Each kind of mistake that occurs, with the sides and labels of its marks."""
    found = mistakes_by_kind([pair(gold, predicted)])
    return {
        kind: [[(mark.side, mark.label) for mark in mistake.marks] for mistake in mistakes]
        for kind, mistakes in found
        if mistakes
    }


def test_each_mistake_is_found_once_under_its_kind() -> None:
    assert kinds(GOLD, GOLD) == {}
    assert kinds(GOLD, PREDICTED) == {
        "Missed triggers": [[("gold", "Die")]],
        "Wrong modality": [[("gold", "Attack, actual"), ("predicted", "Attack, negated")]],
        "Spurious arguments": [[("trigger", "Attack"), ("predicted", "Place"), ("gold", "Time")]],
        "Missed arguments": [[("trigger", "Attack"), ("gold", "Time"), ("predicted", "Place")]],
    }
    assert kinds([], GOLD[1:]) == {"Spurious triggers": [[("predicted", "Die")]]}
    assert kinds(GOLD[:1], [event(TEXT, "Die", "هجوم")]) == {"Wrong type": [[("gold", "Attack"), ("predicted", "Die")]]}


def test_a_trigger_too_long_is_shown_with_the_gold_one_it_overlaps() -> None:
    assert kinds(GOLD[:1], [event(TEXT, "Attack", "وقع هجوم")]) == {
        "Spurious triggers": [[("predicted", "Attack"), ("gold", "Attack")]],
        "Missed triggers": [[("gold", "Attack"), ("predicted", "Attack")]],
    }


def test_worst_are_the_most_confident_or_spread_evenly() -> None:
    one = pair(GOLD, [])
    said = [Mistake(one, (), score) for score in (0.2, 0.9, 0.5)]
    assert [mistake.score for mistake in worst(said, 2)] == [0.9, 0.5]
    missed = [Mistake(one, (Mark(i, i + 1, "gold", "Die"),)) for i in range(10)]
    assert [mistake.marks[0].start for mistake in worst(missed, 2)] == [0, 5]
    assert worst(missed[:2], 8) == missed[:2]


def test_context_is_the_sentence_of_the_mark_cut_at_its_edges() -> None:
    [mistake] = [m for kind, found in mistakes_by_kind([pair(GOLD, GOLD[:1])]) for m in found]
    pieces = context(mistake)
    assert [piece.text for piece in pieces] == ["… ", "قتل", SECOND.removeprefix("قتل"), " …"]
    assert [piece.sides for piece in pieces] == [(), ("gold",), (), ()]


def test_context_of_an_endless_sentence_is_cut_between_words() -> None:
    text = "كلمة " * 300 + "هجوم" + " كلمة" * 300
    found = event(text, "Attack", "هجوم")
    document = Document(id="d", text=text, events=(found,))
    [one] = pairs([document], [Document(id="d", text=text)])
    [mistake] = [m for _, mistakes in mistakes_by_kind([one]) for m in mistakes]
    shown = "".join(piece.text for piece in context(mistake))
    assert len(shown) < 700
    assert set(shown.split()) == {"…", "كلمة", "هجوم"}
