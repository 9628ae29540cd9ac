"""What hurried writers leave out."""

import pytest

from hadath.schema import Document
from training.data.rewrite import rewrite
from training.data.spelling import without_hamza, without_punctuation


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('قال: "نعم".', "قال نعم"),
        ("«(أ)» - ب!", "أ  ب"),
        # Signs between words that nothing else parts are what keeps the words two.
        ("في (بغداد)،وأصيب", "في بغداد)،وأصيب"),
        ("كتابُ-كلمة 12.500", "كتابُ-كلمة 12.500"),
        ("كتابٌ، كلمةً!", "كتابٌ كلمةً"),
        ("!؟", ""),
        ("", ""),
    ],
)
def test_punctuation_goes_and_words_stay_apart(text: str, bare: str) -> None:
    assert rewrite(Document(id="a", text=text), without_punctuation(text)).text == bare


def test_hamzas_of_alif_go_and_others_stay() -> None:
    assert without_hamza("أإآءؤئ") == "اااءؤئ"
