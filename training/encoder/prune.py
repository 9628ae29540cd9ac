"""Choosing the pieces that Arabic news needs from the vocabulary of a hundred languages."""

import unicodedata

from .e5_file import Vocabulary

METASPACE = "\u2581"  # stands at the start of a piece that starts a word
MASK = "<mask>"
LATIN_LENGTH = 2  # longest piece with Latin letters; names are spelt out of such pieces

# hamza to ghain, tatweel to yeh: the letters of the Arabic language, without those of Persian, Urdu or Uyghur
ARABIC_LETTERS = frozenset(map(chr, (*range(0x0621, 0x063B), *range(0x0640, 0x064B))))
ARABIC_MARKS = frozenset(map(chr, (*range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE))))
SHARED_SIGNS = frozenset(map(chr, range(0x2010, 0x2050))) | frozenset("\u00ab\u00bb\u00b0\u00b7\u20ac\u00a3")


def kept_pieces(vocabulary: Vocabulary) -> list[int]:
    """Ids of the pieces to keep, ascending: the specials, and what `is_needed` says."""
    special = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk}
    return [i for i, piece in enumerate(vocabulary.pieces) if i in special or piece == MASK or is_needed(piece)]


def is_needed(piece: str) -> bool:
    """Whether text of Arabic news may hold `piece`.

    Kept are pieces of Arabic letters, marks, signs and digits at any length, so that the segmentation of Arabic
    words is what it was; numbers and punctuation; short Latin pieces; and single letters and signs.
    """
    content = piece.removeprefix(METASPACE)
    if len(content) < 2:
        return not content or _is_useful_alone(content)
    if any(map(_is_latin, content)):
        return len(content) <= LATIN_LENGTH and content.isascii()
    return all(map(_is_arabic_or_sign, content))


def _is_useful_alone(char: str) -> bool:
    return not unicodedata.category(char).startswith(("L", "M")) or _is_latin(char) or _is_arabic_script(char)


def _is_arabic_or_sign(char: str) -> bool:
    if char.isascii() or char in ARABIC_LETTERS or char in ARABIC_MARKS or char in SHARED_SIGNS:
        return True
    return _is_arabic_script(char) and not unicodedata.category(char).startswith(("L", "M"))


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN ")


def _is_arabic_script(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff" or "\u0750" <= char <= "\u077f"
