"""Annotated documents for the tests of training/data: an ontology, a text, and a Hypothesis strategy."""

from hypothesis import strategies as st

from hadath.ontology import EventType, Ontology
from hadath.schema import Argument, Document, Event, Span

ROLES = ("Actor", "Target", "Victim", "Place", "Time")
ONTOLOGY = Ontology(
    version=1,
    roles=ROLES,
    types=(
        EventType(name="Attack", roles=("Actor", "Target", "Place", "Time")),
        EventType(name="Die", roles=("Actor", "Victim", "Place", "Time")),
    ),
    modalities=("actual", "negated", "possible"),
)
ONTOLOGY_YAML = """
version: 1
roles: {Actor: who, Target: whom, Victim: harmed, Place: where, Time: when}
types:
  Attack: {ar: هجوم, roles: [Actor, Target]}
  Die: {ar: مقتل, roles: [Actor, Victim]}
modality: {actual: yes, negated: no, possible: maybe}
"""
MARKED = "{هجوم|e1:Attack} على {قاعدة|e1.Target} في {العراق|e1.Place e2.Place} دون {قتلى|e2:Die/negated}\n"
TEXT = "هجوم على قاعدة في العراق دون قتلى\n"

_WORDS = st.sampled_from(["هجوم", "قُتِل", "بــه", "٣", "aa", "\ufefb", "e1"])
_GAPS = st.sampled_from([" ", "، ", "\n", "\r\n", " \u200f", ' "', ".\u00a0", " --- "])


def crosses(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether the spans overlap and neither holds the other."""
    (start, end), (first, last) = sorted([one, other])
    return start < first < end < last


@st.composite
def documents(draw: st.DrawFn, *, nested: bool = False, scored: bool = False, id: str | None = None) -> Document:
    """Documents in the order that the markup has: events by trigger, arguments by place. `nested`: no span crosses."""
    text, words = draw(st.sampled_from(["", "---\n", "\u200e", "\n"])), []
    for word in draw(st.lists(_WORDS, max_size=12)):
        words.append((len(text), len(text) + len(word)))
        text += word + draw(_GAPS)
    taken: list[tuple[int, int]] = []

    def span() -> tuple[int, int] | None:
        first = draw(st.integers(0, len(words) - 1))
        last = draw(st.integers(first, min(first + 3, len(words) - 1)))
        found = words[first][0], words[last][1]
        if nested and any(crosses(found, other) for other in taken):
            return None
        taken.append(found)
        return found

    def score() -> float:
        return draw(st.floats(0, 1)) if scored else 1.0

    spans = [found for _ in range(draw(st.integers(0, 4))) if words and (found := span())]
    events = []
    for number, trigger in enumerate(sorted(spans, key=_outer_first), 1):
        kind = draw(st.sampled_from(ONTOLOGY.types))
        roles = draw(st.lists(st.sampled_from(kind.roles), max_size=3))
        arguments = {(role, found) for role in roles if (found := span())}
        events.append(
            Event(
                id=f"e{number}",
                type=kind.name,
                modality=draw(st.sampled_from(ONTOLOGY.modalities)),
                trigger=Span.cut(text, *trigger, score()),
                arguments=tuple(
                    Argument(role=role, start=start, end=end, text=text[start:end], score=score())
                    for role, (start, end) in sorted(arguments, key=lambda each: (_outer_first(each[1]), each[0]))
                ),
                score=score(),
            )
        )
    meta = draw(st.dictionaries(st.sampled_from(["style", "region"]), st.sampled_from(["agency", "عاجل: x", "a b"])))
    return Document(id=id or draw(st.sampled_from(["a", "b-01"])), text=text, events=tuple(events), meta=meta)


def _outer_first(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], -span[1]
