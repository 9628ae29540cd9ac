"""The same articles as other writers would have typed them, and what that costs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from hadath.ontology import Ontology
from hadath.schema import Document

from ..data.rewrite import Edit, rewrite
from ..data.spelling import without_hamza, without_punctuation
from .metrics import Evaluation, evaluate

_LETTERS = "\u0621-\u064a"
_MARKS = "\u064e\u0650\u064f\u0652\u0651"
_LATIN_TO_ARABIC = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", "٠١٢٣٤٥٦٧٨٩0123456789")
# Letters that join the next one, before a letter: where a tatweel can stand.
_JOINED = re.compile(f"(?<=[بتثجحخسشصضطظعغفقكلمنهي])(?=[{_LETTERS}])")
_FRAMES = (("🔴 عاجل | ", " 👇👇"), ("‼️ ", ""), ("📌 \u200f", " https://t.me/akhbar"), ("", " #أخبار @akhbar ✅"))


def _diacritics(text: str) -> Iterator[Edit]:
    """A mark after every second letter."""
    marks = cycle(_MARKS)
    for found in list(re.finditer(f"[{_LETTERS}]", text))[::2]:
        yield Edit(found.end(), found.end(), next(marks))


def _characters(change: Callable[[str], str]) -> Callable[[str], Iterator[Edit]]:
    """Each character by itself."""

    def edits(text: str) -> Iterator[Edit]:
        for place, (old, new) in enumerate(zip(text, map(change, text), strict=True)):
            if old != new:
                yield Edit(place, place + 1, new)

    return edits


def _tatweel(text: str) -> Iterator[Edit]:
    """At every third place where letters join."""
    return (Edit(found.start(), found.start(), "ـ") for found in list(_JOINED.finditer(text))[::3])


def _clutter(text: str) -> Iterator[Edit]:
    """What channels put around each line."""
    frames = cycle(_FRAMES)
    for found, (before, after) in zip(re.finditer(r"[^\n]+", text), frames, strict=False):
        yield Edit(found.start(), found.start(), before)
        # Before the line's last character nothing may be put in, after it a span may end: behind the line break.
        if after and found.end() < len(text):
            yield Edit(found.end(), found.end() + 1, f"{after}\n")


ALTERATIONS: Mapping[str, Callable[[str], Iterable[Edit]]] = {
    "as it is": lambda text: (),
    "diacritics": _diacritics,
    "no hamza on alif": _characters(without_hamza),
    "other digits": _characters(lambda char: char.translate(_LATIN_TO_ARABIC)),
    "tatweel": _tatweel,
    "no punctuation": without_punctuation,
    "one paragraph": _characters(lambda char: " " if char == "\n" else char),
    "channel clutter": _clutter,
}


@dataclass(frozen=True, slots=True)
class Robustness:
    """What a tagger scores on gold documents that were altered in one way."""

    name: str
    evaluation: Evaluation


def robustness(
    gold: Sequence[Document], tag: Callable[[Sequence[Document]], Iterable[Document]], ontology: Ontology
) -> Iterator[Robustness]:
    """The gold documents in every alteration; the first is none at all."""
    for name, edits in ALTERATIONS.items():
        altered = [rewrite(document, edits(document.text)) for document in gold]
        yield Robustness(name, evaluate(altered, list(tag(altered)), ontology, samples=1))


def format_robustness(found: Sequence[Robustness]) -> str:
    """A Markdown table; differences are to the first row."""
    lines = ["| the articles with | Trig-C | | Arg-C | | modality | |", "|---|--:|--:|--:|--:|--:|--:|"]
    for each in found:
        cells = [f"{value:.3f} | {change:+.3f}" for value, change in differences(each, found[0])]
        lines.append(f"| {each.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences(found: Robustness, first: Robustness) -> list[tuple[float, float]]:
    """The F1 of triggers, arguments and modality, each with its difference to that of `first`."""
    return [(value, value - whole) for value, whole in zip(_figures(found), _figures(first), strict=True)]


def _figures(found: Robustness) -> tuple[float, ...]:
    evaluation = found.evaluation
    return evaluation.trig_c.f1.value, evaluation.arg_c.f1.value, evaluation.modality.macro_f1.value
