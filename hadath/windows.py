"""A document of any length becomes model inputs that lose nothing.

Windows are runs of whole sentences up to the encoder's length, each overlapping the one before. Every word is *owned*
by exactly one window: of those that hold it, the one in which it is farthest from a cut edge.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from hadath.arrays import Ids
from hadath.errors import ConfigError
from hadath.text import Text


@dataclass(frozen=True, kw_only=True)
class WindowSize:
    """Both in sub-words: `max_length` counts the two special tokens, `overlap` is at most a third of it."""

    max_length: int
    overlap: int

    def __post_init__(self) -> None:
        if self.max_length < 8 or not 0 <= self.overlap <= self.max_length // 3:
            raise ValueError(
                f"window of {self.max_length} sub-words with an overlap of {self.overlap}: "
                "expected at least 8, and an overlap of 0 up to a third of that"
            )


@dataclass(frozen=True, kw_only=True)
class Window:
    """One model input: n sub-words (special tokens included) that hold W words of the document.

    Words without a sub-word (a lone diacritic, say) are in no window: nothing can be said of them.
    """

    input_ids: Ids  # [n]
    positions: Ids  # [W] place in input_ids of each word's first sub-word
    words: Ids  # [W] index of each word in the document
    owned: slice  # the words, of the W, that this window decides


def load_tokenizer(serialised: str) -> Tokenizer:
    """A tokenizer from the text of a tokenizer.json, set to cut nothing and to take no text for a special token."""
    tokenizer = Tokenizer.from_str(serialised)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def windows(text: Text, tokenizer: Tokenizer, size: WindowSize) -> list[Window]:
    """The windows of a text in order, less those that hold no word."""
    encoding = tokenizer.encode(text.normalised, add_special_tokens=False)
    words, firsts = _first_subwords(text, encoding.offsets)
    sentences = [first for word, first in zip(words, firsts, strict=True) if text.words[word].opens_sentence]
    ranges = _ranges(len(encoding.ids), size.max_length - 2, size.overlap, sentences, firsts)
    # The middle of an overlap is where the left window's context grows shorter than the right one's.
    borders = [0, *((left[1] + right[0]) // 2 for left, right in pairwise(ranges)), len(encoding.ids)]
    opening, closing = _special_tokens(tokenizer)
    cut = (
        _window(ranges[i], borders[i : i + 2], words, firsts, (opening, encoding.ids, closing))
        for i in range(len(ranges))
    )
    return [window for window in cut if len(window.words)]


def _first_subwords(text: Text, offsets: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The words that have a sub-word, and the index of the first sub-word of each.

    A sub-word may span two words that only punctuation parts ("10.000"); it then stands for both.
    """
    words, firsts = [], []
    k = 0
    for i, word in enumerate(text.words):
        if word.model_start == word.model_end:
            continue
        while k < len(offsets) and offsets[k][1] <= word.model_start:
            k += 1
        # Some tokenizers leave sub-words of no width; they belong to no word.
        j = k
        while j < len(offsets) and offsets[j][0] == offsets[j][1]:
            j += 1
        if j < len(offsets) and offsets[j][0] < word.model_end:
            words.append(i)
            firsts.append(j)
    return words, firsts


def _ranges(
    n: int, capacity: int, overlap: int, sentences: Sequence[int], firsts: Sequence[int]
) -> list[tuple[int, int]]:
    """Sub-word ranges `[start, end)` that cover `[0, n)`, cut between sentences, else between words, else anywhere."""
    ranges = []
    start = 0
    while n - start > capacity:
        end = _last_cut(start + capacity // 2, start + capacity, sentences, firsts)
        ranges.append((start, end))
        start = _first_cut(end - overlap, end, sentences, firsts)
    return [*ranges, (start, n)]


def _last_cut(low: int, high: int, *choices: Sequence[int]) -> int:
    """The last of the first choice that lies in `(low, high]`, else of the next choice; `high` if none has one."""
    for cuts in choices:
        i = bisect_right(cuts, high)
        if i and cuts[i - 1] > low:
            return cuts[i - 1]
    return high


def _first_cut(low: int, high: int, *choices: Sequence[int]) -> int:
    """The first of the first choice that lies in `[low, high)`, else of the next choice; `low` if none has one."""
    for cuts in choices:
        i = bisect_left(cuts, low)
        if i < len(cuts) and cuts[i] < high:
            return cuts[i]
    return low


def _special_tokens(tokenizer: Tokenizer) -> tuple[int, int]:
    ids = tokenizer.encode("").ids
    if len(ids) != 2:
        raise ConfigError(f"the tokenizer frames a text with {len(ids)} special tokens; expected 2, one on either side")
    return ids[0], ids[1]


def _window(
    bounds: tuple[int, int], owned: Sequence[int], words: list[int], firsts: list[int], pieces: tuple[int, Any, int]
) -> Window:
    start, end = bounds
    i, j = bisect_left(firsts, start), bisect_left(firsts, end)
    opening, ids, closing = pieces
    return Window(
        input_ids=np.array([opening, *ids[start:end], closing], dtype=np.int64),
        positions=np.array(firsts[i:j], dtype=np.int64) - start + 1,
        words=np.array(words[i:j], dtype=np.int64),
        owned=slice(bisect_left(firsts, owned[0]) - i, bisect_left(firsts, owned[1]) - i),
    )
