"""A tagger that knows four words. Run as a script, it is the command line with that tagger in place of the real one."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Self

from hadath.calibration import MinScore, least_scores
from hadath.errors import BundleError
from hadath.ontology import EventType, Ontology
from hadath.schema import Argument, Document, Event, Span

ONTOLOGY = Ontology(
    version=1,
    roles=("Actor", "Place", "Time"),
    types=(
        EventType(name="Attack", roles=("Actor", "Place", "Time"), ar="هجوم", plover="ASSAULT"),
        EventType(name="Die", roles=("Place", "Time"), ar="مقتل", plover="ASSAULT"),
        EventType(name="Meet", roles=("Actor", "Place", "Time"), ar="لقاء", plover="CONSULT"),
        EventType(name="Claim", roles=("Actor", "Place", "Time")),
    ),
    modalities=("actual", "negated", "possible"),
)
_TRIGGERS = {"هجوم": ("Attack", "actual"), "ضحايا": ("Die", "negated"), "محادثات": ("Meet", "possible")}
_PLACE, _PLACE_SCORE = "بغداد", 0.8


class FakeTagger:
    """Each known word is a trigger at its first occurrence; "بغداد" is the place of every event."""

    ontology = ONTOLOGY
    loads: ClassVar[list[tuple[Path | None, str]]] = []

    @classmethod
    def load(cls, bundle: Path | str | None = None, *, device: str = "cpu", threads: int | None = None) -> Self:
        path = None if bundle is None else Path(bundle)
        if path is not None and path.name == "broken":
            raise BundleError(f"{path} is no model bundle")
        cls.loads.append((path, device))
        return cls()

    def tag(
        self, text: str, *, id: str = "", meta: Mapping[str, Any] | None = None, min_score: MinScore | None = None
    ) -> Document:
        return next(self.tag_all([Document(id=id, text=text, meta=meta or {})], min_score=min_score))

    def tag_all(self, documents: Iterable[Document], *, min_score: MinScore | None = None) -> Iterator[Document]:
        least = least_scores(min_score, ONTOLOGY).get("Place", 0.5)
        for document in documents:
            yield replace(document, events=tuple(_events(document.text, least)))


def install() -> None:
    """Stand in for `hadath.tagger` in this process."""
    sys.modules["hadath.tagger"] = as_module()


def as_module() -> ModuleType:
    module = ModuleType("hadath.tagger")
    vars(module)["Tagger"] = FakeTagger
    return module


def _events(text: str, least: float) -> Iterator[Event]:
    places = [_span(text, _PLACE, _PLACE_SCORE)] if _PLACE in text and least <= _PLACE_SCORE else []
    for number, word in enumerate((word for word in _TRIGGERS if word in text), start=1):
        kind, modality = _TRIGGERS[word]
        yield Event(
            id=f"e{number}",
            type=kind,
            modality=modality,
            trigger=_span(text, word, 0.95),
            arguments=tuple(
                Argument(role="Place", start=place.start, end=place.end, text=place.text, score=place.score)
                for place in places
            ),
            score=0.9,
        )


def _span(text: str, word: str, score: float) -> Span:
    start = text.index(word)
    return Span.cut(text, start, start + len(word), score)


if __name__ == "__main__":
    install()
    from inference.cli import main

    sys.exit(main())
