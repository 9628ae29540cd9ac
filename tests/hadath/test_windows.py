"""Windows lose nothing and decide every word once."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from hadath.text import Text
from hadath.windows import WindowSize, windows
from tests.conftest import WINDOW
from tests.strategies import texts

SENTENCE = "أعلنت الشرطة مقتل ثلاثة جنود في هجوم شمال البلاد. "


def owned_words(original: str, tokenizer: Tokenizer, size: WindowSize = WINDOW) -> list[int]:
    return [
        int(word) for window in windows(Text.read(original), tokenizer, size) for word in window.words[window.owned]
    ]


@given(texts(), st.integers(8, 40), st.data())
@settings(deadline=None)
def test_every_word_that_has_a_subword_is_owned_once_and_in_order(
    tokenizer: Tokenizer, original: str, length: int, data: st.DataObject
) -> None:
    size = WindowSize(max_length=length, overlap=data.draw(st.integers(0, length // 3)))
    whole = owned_words(original, tokenizer, WindowSize(max_length=100_000, overlap=0))
    assert owned_words(original, tokenizer, size) == whole
    lettered = [i for i, word in enumerate(Text.read(original).words) if word.model_end > word.model_start]
    assert set(whole) <= set(lettered)


@given(texts(), st.integers(8, 40))
@settings(deadline=None)
def test_windows_keep_to_the_length_and_point_at_their_words(tokenizer: Tokenizer, original: str, length: int) -> None:
    text = Text.read(original)
    for window in windows(text, tokenizer, WindowSize(max_length=length, overlap=length // 3)):
        assert len(window.input_ids) <= length
        assert len(window.words) == len(window.positions) > 0
        assert np.all(np.diff(window.words) > 0)
        assert np.all((window.positions > 0) & (window.positions < len(window.input_ids) - 1))


def test_plain_words_all_have_a_window(tokenizer: Tokenizer) -> None:
    original = SENTENCE * 2000
    words = len(Text.read(original).words)
    assert words >= 18_000
    assert owned_words(original, tokenizer) == list(range(words))


def test_a_short_text_is_one_window(tokenizer: Tokenizer) -> None:
    (window,) = windows(Text.read(SENTENCE), tokenizer, WINDOW)
    assert window.owned == slice(0, len(window.words))


def test_a_word_is_decided_where_it_is_farthest_from_a_cut_edge(tokenizer: Tokenizer) -> None:
    cut = windows(Text.read(SENTENCE * 20), tokenizer, WINDOW)
    for left, right in itertools.pairwise(cut):
        shared = sorted(set(left.words) & set(right.words))
        assert shared, "windows overlap"
        for word in shared:
            after = len(left.input_ids) - 1 - left.positions[list(left.words).index(word)]
            before = right.positions[list(right.words).index(word)] - 1
            stays_left = word in left.words[left.owned]
            assert stays_left != (word in right.words[right.owned])
            assert after >= before - 1 if stays_left else before >= after - 1


def test_windows_open_with_a_sentence_where_one_opens_in_the_overlap(tokenizer: Tokenizer) -> None:
    text = Text.read(SENTENCE * 20)
    size = WindowSize(max_length=96, overlap=32)
    assert all(text.words[window.words[0]].opens_sentence for window in windows(text, tokenizer, size))


def test_one_endless_word_keeps_its_place(tokenizer: Tokenizer) -> None:
    original = "هجوم " + "ا" * 5000 + " قصف"
    assert owned_words(original, tokenizer) == [0, 1, 2]


@pytest.mark.parametrize("original", ["", " \n", "...", "\u200f", "🚨"])
def test_a_text_without_words_has_no_window(tokenizer: Tokenizer, original: str) -> None:
    assert windows(Text.read(original), tokenizer, WINDOW) == []


def test_text_that_spells_a_special_token_is_ordinary_text(tokenizer: Tokenizer) -> None:
    (window,) = windows(Text.read("هجوم [SEP] قصف"), tokenizer, WINDOW)
    assert list(window.input_ids).count(tokenizer.token_to_id("[SEP]")) == 1


@pytest.mark.parametrize(("length", "overlap"), [(4, 0), (60, 21), (60, -1)])
def test_sizes_that_could_not_move_forward_are_refused(length: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="up to a third"):
        WindowSize(max_length=length, overlap=overlap)
