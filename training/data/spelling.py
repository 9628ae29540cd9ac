"""What hurried writers leave out: the hamzas of alif, and punctuation."""

import re
from collections.abc import Iterator

from hadath.text import Text

from .rewrite import Edit

_HAMZA = str.maketrans("أإآ", "ااا")


def without_hamza(text: str) -> str:
    """أ إ آ as ا, every letter in its place."""
    return text.translate(_HAMZA)


def without_punctuation(text: str) -> Iterator[Edit]:
    """Take away all signs but those between two words that nothing else parts: they would become one."""
    words = Text.read(text).words
    starts, ends = [word.start for word in words], [word.end for word in words]
    for start, end in zip([0, *ends], [*starts, len(text)], strict=True):
        runs = [(start + found.start(), start + found.end()) for found in re.finditer(r"\S+", text[start:end])]
        if runs == [(start, end)] and start > 0 and end < len(text):
            continue
        yield from (Edit(first, last, "") for first, last in runs)
