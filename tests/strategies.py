"""Texts as they come: Arabic with everything that clings to it."""

from hypothesis import strategies as st

PIECES = [
    "هجوم",
    "قُتِلَ",
    "انفـــجار",
    "ﻣﻘﺘﻞ",
    "١٢٣",
    "2024",
    "F-16",
    "12.500",
    "\u200f",
    "\u202b",
    "\u202c",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u00ad",
    "\u064b",
    "\u0640",
    "🚨",
    "✈\ufe0f",
    "👨\u200d👩\u200d👧",
    "\r\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "\u00a0",
    ". ",
    "؟ ",
    "،",
    "«",
    "»",
    "(",
    ")",
    "<s>",
    "[SEP]",
    "ﷺ",
    "\ufe70",
    "e\u0301",
    "漢字",
    "\x00",
    "\ud800",
]


def texts(max_pieces: int = 60) -> st.SearchStrategy[str]:
    """Known pieces in any order, with arbitrary text now and then."""
    piece = st.sampled_from(PIECES) | st.text(max_size=5)
    return st.lists(piece, max_size=max_pieces).map("".join)
