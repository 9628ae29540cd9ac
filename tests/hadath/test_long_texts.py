"""The shipped models in texts far longer than what they learned from: nothing fades with the distance.

Where the windows of a text are cut depends on what stands before, so scores move, and what is on the edge of a
threshold may come or go. What the model is sure of may not, but for one thing in twenty.
"""

from itertools import cycle
from pathlib import Path

import pytest

from hadath.schema import Document
from hadath.tagger import Tagger

PROJECT = Path(__file__).parents[2]
SAMPLE = (PROJECT / "docs" / "sample.txt").read_text("utf-8")
AUTHORED = PROJECT / "data" / "authored"
SURE, LOST = 0.9, 0.05


@pytest.fixture(scope="module", params=sorted(path.name for path in (PROJECT / "hadath" / "bundles").iterdir()))
def shipped(request: pytest.FixtureRequest) -> Tagger:
    return Tagger.load(request.param)


def unrelated(words: int) -> str:
    """One paragraph of sport, weather and markets, of authored articles without an event."""
    files = [path for path in sorted(AUTHORED.glob("*.txt")) if "|" not in path.read_text("utf-8")]
    found: list[str] = []
    for path in cycle(files):
        if len(found) >= words:
            return " ".join(found[:words])
        found += path.read_text("utf-8").split("---\n", 2)[2].split()
    raise AssertionError("no authored article is without an event")


def said(document: Document, start: int, end: int, least: float = 0.0) -> set[tuple[object, ...]]:
    """What is said of `[start, end)` with such a score at least, places counted from its start."""
    events = [event for event in document.events if start <= event.trigger.start < end and event.score >= least]
    found: set[tuple[object, ...]] = {(event.type, event.modality, event.trigger.start - start) for event in events}
    return found | {
        (event.trigger.start - start, argument.role, argument.start - start, argument.end - start)
        for event in events
        for argument in event.arguments
        if argument.score >= least
    }


def test_ten_times_the_article_has_ten_times_its_events(shipped: Tagger) -> None:
    alone, together = shipped.tag(SAMPLE), shipped.tag(SAMPLE * 10)
    assert len(together.events) == pytest.approx(10 * len(alone.events), rel=0.05)
    expected = said(alone, 0, len(SAMPLE), SURE)
    assert len(expected) > 10
    lost = [expected - said(together, copy * len(SAMPLE), (copy + 1) * len(SAMPLE)) for copy in range(10)]
    assert sum(map(len, lost)) <= LOST * 10 * len(expected)


def test_an_unrelated_paragraph_three_thousand_words_long_changes_no_event_behind_it(shipped: Tagger) -> None:
    before = unrelated(3000) + "\n"
    alone, behind = shipped.tag(SAMPLE), shipped.tag(before + SAMPLE)
    there = len(before), len(before) + len(SAMPLE)
    sure = said(alone, 0, len(SAMPLE), SURE)
    assert len(sure - said(behind, *there)) <= LOST * len(sure)
    sure = said(behind, *there, SURE)
    assert len(sure - said(alone, 0, len(SAMPLE))) <= LOST * len(sure)
