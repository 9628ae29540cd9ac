"""The command line with the fake tagger, in the workers too: they import this file again when they start.

"مميت" in a text kills its process, "خلل" raises; a pause for each text lets a test stop a job in its middle.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Self

from hadath.schema import Document
from tests.inference.fake_tagger import FakeTagger

PAUSE = float(os.environ.get("FAKE_PAUSE", "0"))


class FragileTagger(FakeTagger):
    """See above."""

    @classmethod
    def load(cls, bundle: Path | str | None = None, *, device: str = "cpu", threads: int | None = None) -> Self:
        return cls()

    def tag_all(self, documents: Iterable[Document], *, threshold: float | None = None) -> Iterator[Document]:
        for document in documents:
            time.sleep(PAUSE)
            if "مميت" in document.text:
                os.kill(os.getpid(), signal.SIGKILL)
            if "خلل" in document.text:
                raise RuntimeError("no such luck")
            yield from super().tag_all([document], threshold=threshold)


def install() -> None:
    """Stand in for `hadath.tagger` in this process."""
    module = ModuleType("hadath.tagger")
    module.Tagger = FragileTagger  # type: ignore[attr-defined]  # a module made by hand has no declared names
    sys.modules["hadath.tagger"] = module


if __name__ in ("__main__", "__mp_main__"):
    install()

if __name__ == "__main__":
    from inference.cli import main

    sys.exit(main())
