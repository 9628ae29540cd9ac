"""`Tagger.load(bundle).tag(text)`: a text in, a document with its events out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from tokenizers import Tokenizer

from hadath.bundle import WEIGHTS_FILE, Bundle, bundle_folder
from hadath.calibration import Calibration, MinScore, least_scores
from hadath.chains import field_chains, independent_labels
from hadath.decoding import LabelledSpan, log_softmax, spans
from hadath.engine import Encoded, Engine, OnnxEngine
from hadath.errors import BundleError, DeviceError
from hadath.ontology import Ontology
from hadath.schema import Argument, Document, Event, Span
from hadath.text import Text
from hadath.windows import Window, WindowSize, load_tokenizer, windows


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A decided trigger: words `[first, last)` of the document, the type's id, and its window's number."""

    first: int
    last: int
    type: int
    score: float
    window: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What one window of a document decides: its triggers, and the states in which their arguments are sought."""

    text: Text
    window: Window
    encoded: Encoded
    triggers: list[_Trigger]


class Tagger:
    """Tags texts with one model. What a text gets does not depend on which texts are tagged with it."""

    def __init__(
        self,
        *,
        engine: Engine,
        tokenizer: Tokenizer,
        ontology: Ontology,
        window: WindowSize,
        calibration: Calibration,
    ) -> None:
        self.ontology = ontology
        self.calibration = calibration
        self._engine = engine
        self._tokenizer = tokenizer
        self._window = window

    @classmethod
    def load(cls, bundle: Path | str | None = None, *, device: str = "cpu", threads: int | None = None) -> Self:
        """Load the bundle in a folder, or a shipped one by its name. Device "cpu" runs ONNX Runtime, "cuda" torch.

        `threads`: how many windows ONNX Runtime works on at a time, by default one for each core of the process.

        Raises BundleError for a folder that is no sound bundle, DeviceError for a device that is not to be had.
        """
        opened = Bundle.open(bundle_folder(bundle))
        return cls(
            engine=_engine(opened, device, threads),
            tokenizer=load_tokenizer(opened.tokenizer_json()),
            ontology=opened.manifest.ontology,
            window=opened.manifest.window,
            calibration=opened.manifest.calibration,
        )

    def under(self, calibration: Calibration) -> "Tagger":
        """The same model under another calibration."""
        return Tagger(
            engine=self._engine,
            tokenizer=self._tokenizer,
            ontology=self.ontology,
            window=self._window,
            calibration=calibration,
        )

    def tag(
        self, text: str, *, id: str = "", meta: Mapping[str, Any] | None = None, min_score: MinScore | None = None
    ) -> Document:
        """The document of a text. With a `min_score`, no event, trigger or argument in it scores less.

        One for single event types and roles is a mapping of their names. It takes the place of the bundle's own
        thresholds, which rule triggers and arguments alone.
        """
        return next(self.tag_all([Document(id=id, text=text, meta=meta or {})], min_score=min_score))

    def tag_all(self, documents: Iterable[Document], *, min_score: MinScore | None = None) -> Iterator[Document]:
        """The documents in their order, each with its events in place of those it came with.

        With several threads, or with torch, some are read ahead, at most 64; where reading them fails, those that came
        before are tagged first.
        """
        least = least_scores(min_score, self.ontology)
        calibration = replace(self.calibration, thresholds={**self.calibration.thresholds, **least})

        def events(part: _Part) -> list[Event]:
            return [event for event in self._events(part, calibration) if event.score >= least.get(event.type, 0)]

        for group in _groups(documents, self._engine.group):
            parts = list(self._parts(group, calibration))
            found = iter(self._engine.each(events, chain.from_iterable(parts)))
            for document, its_parts in zip(group, parts, strict=True):
                in_order = (event for _ in its_parts for event in next(found))
                numbered = tuple(replace(event, id=f"e{i}") for i, event in enumerate(in_order, start=1))
                yield replace(document, events=numbered)

    def _parts(self, documents: Sequence[Document], calibration: Calibration) -> Iterator[list[_Part]]:
        """Of each document, the windows that own a trigger."""

        def cut(document: Document) -> tuple[Text, list[Window]]:
            text = Text.read(document.text)
            return text, windows(text, self._tokenizer, self._window)

        inputs = list(self._engine.each(cut, documents))
        encoded = iter(self._engine.encode([window for _, its_windows in inputs for window in its_windows]))
        for text, its_windows in inputs:
            passes = [next(encoded) for _ in its_windows]
            owned = defaultdict(list)
            for trigger in self._triggers(its_windows, passes, calibration):
                owned[trigger.window].append(trigger)
            yield [_Part(text, its_windows[i], passes[i], triggers) for i, triggers in owned.items()]

    def _events(self, part: _Part, calibration: Calibration) -> Iterator[Event]:
        """The events of a part in the order of their triggers, not yet numbered."""
        places = np.searchsorted(part.window.words, [trigger.first for trigger in part.triggers])
        types = np.array([trigger.type for trigger in part.triggers], dtype=np.int64)
        linked = self._engine.arguments(part.encoded.states, places, types)
        roles_of_all = field_chains(linked.role_logits, linked.transitions, calibration.argument_temperature)
        modality_scores = np.exp(log_softmax(linked.modality_logits, calibration.modality_temperature))
        for trigger, roles, modalities in zip(part.triggers, roles_of_all, modality_scores, strict=True):
            modality = int(modalities.argmax())
            arguments = (
                self._argument(part, span, trigger.score * calibration.argument_map(span.score))
                for span in spans(roles)
            )
            quote = _characters(part.text, trigger.first, trigger.last)
            yield Event(
                id="",
                type=self.ontology.types[trigger.type].name,
                modality=self.ontology.modalities[modality],
                trigger=Span.cut(part.text.original, *quote, trigger.score),
                arguments=tuple(a for a in arguments if a.score >= calibration.thresholds.get(a.role, 0)),
                score=trigger.score * float(modalities[modality]),
            )

    def _argument(self, part: _Part, span: LabelledSpan, score: float) -> Argument:
        words = part.window.words
        start, end = _characters(part.text, words[span.first], words[span.last - 1] + 1)
        quote = part.text.original[start:end]
        return Argument(role=self.ontology.roles[span.label], start=start, end=end, text=quote, score=score)

    def _triggers(self, its_windows: list[Window], passes: list[Encoded], calibration: Calibration) -> list[_Trigger]:
        """Triggers of the whole document, decoded over each word's scores from the window that owns it."""
        if not its_windows:
            return []
        logits = np.concatenate([one.trigger_logits[own.owned] for own, one in zip(its_windows, passes, strict=True)])
        words = np.concatenate([window.words[window.owned] for window in its_windows])
        owner = np.repeat(range(len(its_windows)), [len(window.words[window.owned]) for window in its_windows])
        least = [calibration.thresholds.get(kind.name, 0) for kind in self.ontology.types]
        return [
            _Trigger(int(words[span.first]), int(words[span.last - 1]) + 1, span.label, score, int(owner[span.first]))
            for span in spans(independent_labels(log_softmax(logits, calibration.trigger_temperature)))
            if (score := calibration.trigger_map(span.score)) >= least[span.label]
        ]


def _groups(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    stream, failure = iter(documents), None
    while not failure:
        group: list[Document] = []
        try:
            group.extend(islice(stream, size))
        except Exception as error:
            failure = error
        if group:
            yield group
        elif not failure:
            return
    raise failure


def _characters(text: Text, first: int, last: int) -> tuple[int, int]:
    """Words `[first, last)` as `[start, end)` in code points of the original text."""
    return text.words[first].start, text.words[last - 1].end


def _engine(bundle: Bundle, device: str, threads: int | None) -> Engine:
    if device == "cpu":
        return OnnxEngine(bundle.folder, threads=threads)
    try:
        from hadath.model import HeadShape  # noqa: PLC0415 - torch is an extra, wanted on a GPU alone
        from hadath.torch_engine import TorchEngine, load_model, require_device  # noqa: PLC0415 - see above
    except ImportError as error:
        raise DeviceError(f"device {device!r} needs torch: pip install '.[gpu]' in the checkout ({error})") from error
    require_device(device)
    if WEIGHTS_FILE not in bundle.manifest.files:
        raise DeviceError(
            f"device {device!r} needs the bundle's torch weights, and {bundle.folder} has none: "
            "export it with its weights (`python -m training export RUN OUT --with-weights`), or use --device cpu"
        )
    try:
        shape = HeadShape(**bundle.manifest.heads)
    except TypeError as error:
        raise BundleError(f"{bundle.folder}: the manifest's 'heads' are of the wrong shape: {error}") from error
    model = load_model(bundle.folder, bundle.manifest.ontology, shape)
    return TorchEngine(model.to(device))
