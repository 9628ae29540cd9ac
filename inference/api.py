"""The two functions most callers need. A model is loaded at its first use and kept; of several, the last four."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hadath.calibration import MinScore
from hadath.schema import Document

if TYPE_CHECKING:
    from hadath.tagger import Tagger


def predict(text: str, *, model: str | Path | None = None, min_score: MinScore | None = None) -> Document:
    """The events of one text. `model` is a bundle's folder or the name of a shipped one.

    By default the model's own thresholds say what is left out. A `min_score`, the least score of any event, trigger or
    argument, takes the place of all of them (0 leaves nothing out), a mapping from event types and roles that of those
    it names. Raises TypeError or ValueError for an argument of the wrong kind or range, BundleError for a folder that
    is no sound bundle.
    """
    _check_text(text, "text")
    return load_tagger(model).tag(text, min_score=min_score)


def predict_batch(
    texts: Iterable[str], *, model: str | Path | None = None, min_score: MinScore | None = None
) -> list[Document]:
    """The documents of many texts, in their order; their ids are their positions: "0", "1", …

    The arguments and errors are those of `predict`. All results are held in memory.
    """
    if isinstance(texts, str | bytes):
        raise TypeError("texts should be several texts, not one; use predict(text), or put it in a list")
    return list(load_tagger(model).tag_all(_numbered(texts), min_score=min_score))


def load_tagger(model: str | Path | None = None, device: str = "cpu", threads: int | None = None) -> "Tagger":
    """The tagger of a bundle on a device, loaded at most once while it is among the last few used.

    `threads`: see `Tagger.load`.
    """
    from hadath.bundle import bundle_folder  # noqa: PLC0415 - tokenizers comes with it, see `_load`

    return _load(bundle_folder(model).resolve(), device, threads)


@lru_cache(maxsize=4)
def _load(bundle: Path, device: str, threads: int | None) -> "Tagger":
    from hadath.tagger import Tagger  # noqa: PLC0415 - ONNX Runtime takes a while to import, `inference` should not

    return Tagger.load(bundle, device=device, threads=threads)


def _numbered(texts: Iterable[str]) -> Iterator[Document]:
    for position, text in enumerate(texts):
        _check_text(text, f"texts[{position}]")
        yield Document(id=str(position), text=text)


def _check_text(text: object, name: str) -> None:
    if not isinstance(text, str):
        hint = "; decode it first" if isinstance(text, bytes) else ""
        raise TypeError(f"{name} should be a str, got {type(text).__name__}{hint}")
