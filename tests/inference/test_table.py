import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hadath.schema import Document, Event, Span
from inference.table import block, render, visible
from tests.inference.fake_tagger import ONTOLOGY, FakeTagger

TEXT = "عنوان الخبر\nوقع هجوم في بغداد دون ضحايا"


def test_arguments_stand_under_their_event_and_arabic_stands_last() -> None:
    document = FakeTagger().tag(TEXT, id="خبر")
    assert block(document).splitlines() == [
        "2 events  خبر",
        "عنوان الخبر",
        "",
        "e1  Attack   actual   0.90  16–20  هجوم",
        "      Place           0.80  24–29  بغداد",
        "e2  Die      negated  0.90  34–39  ضحايا",
        "      Place           0.80  24–29  بغداد",
    ]


def test_a_document_without_events_says_so() -> None:
    assert block(Document(id="a", text="خبر")) == "no events  a\nخبر\n"
    assert block(Document(id="", text="")) == "no events\n\n"


def test_documents_are_parted_by_an_empty_line() -> None:
    documents = [Document(id="a", text="خبر"), Document(id="b", text="خبر")]
    assert "".join(render(documents, ONTOLOGY)) == "no events  a\nخبر\n\nno events  b\nخبر\n"


def test_a_long_first_line_is_cut() -> None:
    title = block(Document(id="a", text="كلمة " * 100)).splitlines()[1]
    assert len(title) <= 100
    assert title.endswith("…")


def test_a_quote_is_kept_but_for_what_breaks_or_reorders_the_screen() -> None:
    text = "هجـومٌ\r\n\u202eصاروخي\u202c\x1b[31m\u2028ليلاً\u200c"
    event = Event(id="e1", type="Attack", modality="actual", trigger=Span.cut(text, 0, len(text)))
    last = block(Document(id="a", text=text, events=(event,))).splitlines()[-1]
    assert last.endswith("  هجـومٌ  صاروخي [31m ليلاً\u200c")


@given(st.text(st.characters()))
def test_visible_text_can_neither_command_nor_reorder_a_terminal(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in shown)
    assert not any(unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for char in shown)
    assert not any(unicodedata.bidirectional(char) in {"LRI", "RLI", "FSI", "PDI"} for char in shown)
