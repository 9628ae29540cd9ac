"""Words, what the model sees of them, and the way back."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadath.text import Text
from tests.strategies import texts


def words(original: str) -> list[str]:
    return [original[word.start : word.end] for word in Text.read(original).words]


def model_words(original: str) -> list[str]:
    text = Text.read(original)
    return [text.normalised[word.model_start : word.model_end] for word in text.words]


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("قُتِلَ 3 جنودٍ", ["قُتِلَ", "3", "جنودٍ"]),
        ("هجـــوم،انفجار", ["هجـــوم", "انفجار"]),
        ("\u200fهجوم\u200e \u202bقصف\u202c", ["هجوم", "قصف"]),
        ("\ufeffهجوم", ["هجوم"]),
        ("🚨✈\ufe0fعاجل 1\ufe0f\u20e3", ["عاجل", "1"]),
        ("٣٫٥ من ١٢", ["٣", "٥", "من", "١٢"]),
        ("F-16", ["F", "16"]),
        ("قتل\r\nجرح", ["قتل", "جرح"]),
        ("\ufef3\ufe8e\ufea9", ["\ufef3\ufe8e\ufea9"]),
        ("snake_case", ["snake", "case"]),
        ("", []),
        (" .,!\n", []),
        ("\u064b \u0640", ["\u064b", "\u0640"]),
    ],
)
def test_words_are_runs_of_letters_digits_and_marks(original: str, expected: list[str]) -> None:
    assert words(original) == expected


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("قُتِلَ", "قتل"),
        ("هجـــوم", "هجوم"),
        ("\ufee3\ufed8\ufe98\ufede", "مقتل"),
        ("١٢۳", "123"),
        ("ا\u0654ب", "أب"),
        ("\ufdf2", "الله"),
        ("\u064b", ""),
        ("\u0640\u0640", ""),
        ("ب\ufe70", "ب"),
        ("ﬁre", "fire"),
    ],
)
def test_the_model_sees_the_word_without_ornament(original: str, expected: str) -> None:
    assert model_words(original) == [expected]


def test_bidi_marks_controls_and_surrogates_do_not_reach_the_model() -> None:
    normalised = Text.read("هجوم\u200f\u202a (\ud800)\x00قصف\x07").normalised
    assert normalised == "هجوم ( ) قصف "


@pytest.mark.parametrize(
    ("original", "openers"),
    [
        ("وقع هجوم. قتل جندي", ["وقع", "قتل"]),
        ("وقع هجوم؟\nقتل", ["وقع", "قتل"]),
        ('قال "وقع." ثم', ["قال", "ثم"]),
        ("3.5 من site.net", ["3"]),
        ("أ، ب", ["أ"]),
    ],
)
def test_sentences_open_after_an_end_mark_and_a_blank_or_a_line_break(original: str, openers: list[str]) -> None:
    text = Text.read(original)
    assert [original[word.start : word.end] for word in text.words if word.opens_sentence] == openers


@given(texts())
def test_words_are_in_order_and_hold_every_letter_and_digit(original: str) -> None:
    found = Text.read(original).words
    assert all(word.start < word.end for word in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    covered = {i for word in found for i in range(word.start, word.end)}
    assert all(i in covered for i, char in enumerate(original) if char.isalnum())


@given(texts())
def test_each_word_keeps_its_place_in_the_normalised_text(original: str) -> None:
    text = Text.read(original)
    for word in text.words:
        alone = Text.read(original[word.start : word.end]).normalised
        assert text.normalised[word.model_start : word.model_end] == alone


@given(st.text(alphabet=st.characters(categories=["Lo"], max_codepoint=0x6FF, min_codepoint=0x621), min_size=1))
def test_plain_arabic_letters_stay_as_they_are(word: str) -> None:
    if unicodedata.is_normalized("NFKC", word):
        assert Text.read(word).normalised == word
