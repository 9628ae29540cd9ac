"""Words of a text, what the model sees of them, and the way back to the caller's own characters.

A *word* is a maximal run of letters, digits and combining marks (tatweel is a letter). Tags live on words. The model
reads a normalised copy in which the place of each word is kept, so nothing that normalisation does shifts an offset.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Marks that belong to symbols rather than to words: variation selectors and the keycap of emoji.
_SYMBOL_MARKS = {*range(0xFE00, 0xFE10), 0x20E3}
_MARKS = "".join(
    re.escape(chr(code))
    for code in range(0x20000)  # no later plane has marks but variation selectors
    if unicodedata.category(chr(code)).startswith("M") and code not in _SYMBOL_MARKS
)
_WORD = re.compile(f"(?:[^\\W_]|[{_MARKS}])+")

_TATWEEL = "\u0640"
_ARABIC_MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
# NFKC turns the isolated presentation form of a diacritic into a blank and the diacritic: the blank goes as well.
_NO_LETTERS = re.compile(f" *[{_ARABIC_MARKS}]|{_TATWEEL}")
_DIGITS = {0x0660 + i: str(i) for i in range(10)} | {0x06F0 + i: str(i) for i in range(10)}
_FORMAT, _CONTROL, _SURROGATE = "Cf", "Cc", "Cs"

# Punctuation closes a sentence only before a blank ("3.5" and "site.net" go on); a line break always does.
_SENTENCE_END = re.compile(r"[.!?\u061f\u06d4\u2026\u061b][^\w\s]*\s|\n")


@dataclass(frozen=True)
class Word:
    """One word: `[start, end)` in the caller's text, `[model_start, model_end)` in the normalised text.

    Both in code points. A word that normalisation leaves empty has `model_start == model_end`.
    """

    start: int
    end: int
    model_start: int
    model_end: int
    opens_sentence: bool


@dataclass(frozen=True)
class Text:
    """A text cut into words, with the normalised copy that the model reads."""

    original: str
    normalised: str
    words: tuple[Word, ...]

    @classmethod
    def read(cls, original: str) -> "Text":
        """Cut and normalise a text of any length; an empty one has no words."""
        pieces: list[str] = []
        words: list[Word] = []
        length = cursor = 0
        for match in _WORD.finditer(original):
            start, end = match.span()
            gap = original[cursor:start]
            between, letters = _normalised_gap(gap), normalised_word(match.group())
            model_start = length + len(between)
            length = model_start + len(letters)
            pieces += (between, letters)
            words.append(Word(start, end, model_start, length, not words or _ends_sentence(gap)))
            cursor = end
        pieces.append(_normalised_gap(original[cursor:]))
        return cls(original, "".join(pieces), tuple(words))


@lru_cache(maxsize=1 << 16)
def normalised_word(word: str) -> str:
    """NFKC, without tatweel and diacritics, digits as 0-9. May be empty."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKC", word)).translate(_DIGITS)


@lru_cache(maxsize=1 << 12)
def _normalised_gap(gap: str) -> str:
    """NFKC without bidi marks and other format characters; controls become blanks, so does half of a surrogate pair."""
    kept = (
        " " if unicodedata.category(char) in (_CONTROL, _SURROGATE) else char
        for char in gap
        if unicodedata.category(char) != _FORMAT
    )
    return unicodedata.normalize("NFKC", "".join(kept))


def _ends_sentence(gap: str) -> bool:
    return _SENTENCE_END.search(gap) is not None
