from html.parser import HTMLParser
from itertools import repeat

from hypothesis import given
from hypothesis import strategies as st

from hadath.schema import Argument, Document, Event, Span
from inference.html import render
from inference.marks import marks, pieces
from tests.inference.fake_tagger import ONTOLOGY, FakeTagger

HOSTILE = """</div><script>alert(1)</script><img src=x onerror="alert('2')">&amp;&#x202e;"""
VOID = {"meta", "img", "br"}
HALVES_AND_NUL = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


class Page(HTMLParser):
    """What a browser makes of a page: the text of each article without chips, the chips, the tags, the attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.articles: list[str] = []
        self.chips: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page.replace("\r\n", "\n").replace("\r", "\n"))  # as browsers read a file
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        kind = dict(attrs).get("class") or ""
        self.articles += [""] * (kind == "article")
        self.chips += [""] * kind.startswith("chip")
        if tag not in VOID:
            self._open.append((tag, kind.partition(" ")[0]))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, "elements are properly nested"

    def handle_data(self, data: str) -> None:
        kinds = [kind for _, kind in self._open]
        if "chip" in kinds:
            self.chips[-1] += data
        elif "article" in kinds:
            self.articles[-1] += data

    def values(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]


def page_of(*documents: Document) -> str:
    return "".join(render(documents, ONTOLOGY))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(HALVES_AND_NUL, min_size=1, max_size=40))
    ends = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)

    def argument() -> Argument:
        start, end = draw(ends)
        return Argument(role=draw(st.sampled_from(ONTOLOGY.roles)), start=start, end=end, text=text[start:end])

    events = [
        Event(
            id=f"e{number}",
            type=draw(st.sampled_from([*(kind.name for kind in ONTOLOGY.types), "Unheard"])),
            modality=draw(st.sampled_from([*ONTOLOGY.modalities, "unheard"])),
            trigger=Span.cut(text, *draw(ends)),
            arguments=tuple(argument() for _ in range(draw(st.integers(0, 4)))),
        )
        for number in range(1, draw(st.integers(0, 4)) + 1)
    ]
    return Document(id=draw(st.text(HALVES_AND_NUL, max_size=5)), text=text, events=tuple(events))


@given(documents())
def test_an_article_without_its_chips_is_the_text_and_every_span_has_a_chip(document: Document) -> None:
    page = Page(page_of(document))
    assert page.articles == [document.text]
    labels = [f"{event.id}·{event.type}" for event in document.events]
    labels += [f"{event.id}·{argument.role}" for event in document.events for argument in event.arguments]
    assert sorted(page.chips) == sorted(labels)


@given(documents())
def test_links_lead_to_anchors_and_no_anchor_is_given_twice(document: Document) -> None:
    page = Page(page_of(document, document))
    anchors = page.values("id")
    assert len(anchors) == len(set(anchors))
    assert {href.removeprefix("#") for href in page.values("href")} <= set(anchors)


@given(documents())
def test_pieces_are_the_text_and_lie_under_exactly_the_marks_around_them(document: Document) -> None:
    found = marks(document)
    start = 0
    for piece in pieces(document.text, found):
        end = start + len(piece.text)
        assert document.text[start:end] == piece.text
        assert set(piece.marks) == {mark for mark in found if mark.start < end and start < mark.end}
        assert set(piece.ending) == {mark for mark in found if mark.end == end}
        start = end
    assert start == len(document.text)


@given(documents())
def test_arguments_in_one_lane_do_not_overlap(document: Document) -> None:
    arguments = sorted((mark for mark in marks(document) if mark.role), key=lambda mark: mark.start)
    lanes: dict[int, int] = {}
    for mark in arguments:
        assert lanes.get(mark.lane, 0) <= mark.start
        lanes[mark.lane] = mark.end


def test_a_hostile_document_is_shown_and_does_nothing() -> None:
    event = Event(
        id=HOSTILE,
        type=HOSTILE,
        modality=HOSTILE,
        trigger=Span.cut(HOSTILE, 3, 20),
        arguments=(Argument(role=HOSTILE, start=0, end=9, text=HOSTILE[:9]),),
    )
    page = Page(page_of(Document(id=HOSTILE, text=HOSTILE, events=(event,))))
    assert page.articles == [HOSTILE]
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)


def test_the_page_is_right_to_left_and_asks_for_nothing_from_outside() -> None:
    text = page_of(FakeTagger().tag("وقع هجوم في بغداد", id="a"))
    page = Page(text)
    assert '<html lang="ar" dir="rtl">' in text
    assert not page.values("src")
    assert all(href.startswith("#") for href in page.values("href"))
    assert "default-src 'none'" in text
    assert "://" not in text
    assert "@import" not in text
    assert "url(" not in text


def test_types_are_named_in_arabic_and_modality_and_scores_are_shown() -> None:
    text = page_of(FakeTagger().tag("وقع هجوم في بغداد دون ضحايا", id="a"))
    for shown in ("<b>هجوم</b>", "منفي", "negated", "0.90", "0.80", "عدد الأحداث: 2"):
        assert shown in text


def test_documents_without_events_and_pages_without_documents_say_so() -> None:
    assert "لا أحداث" in page_of(Document(id="a", text="خبر"))
    assert "لا مستندات" in page_of()
    Page(page_of())


def test_what_html_cannot_hold_becomes_the_replacement_character() -> None:
    text = page_of(Document(id="a", text="هجوم \ud83d\0"))
    text.encode("utf-8")
    assert Page(text).articles == ["هجوم \ufffd\ufffd"]


def test_carriage_returns_stay_in_the_article() -> None:
    assert Page(page_of(Document(id="a", text="\nسطر\r\nسطر\rسطر\n"))).articles == ["\nسطر\r\nسطر\rسطر\n"]


def test_a_bidi_override_is_shut_up_so_that_it_reorders_nothing() -> None:
    assert "نص <bdi>\u202e</bdi>مقلوب" in page_of(Document(id="a", text="نص \u202eمقلوب"))


def test_the_page_comes_in_parts_as_documents_come() -> None:
    endless = repeat(Document(id="a", text="خبر"))
    parts = render(endless, ONTOLOGY)
    assert "<html" in next(parts)
    assert "خبر" in next(parts)
