"""The command line with the fake tagger, in the workers too: they import this file again when they start.

"مميت" in a text kills its process, "خلل" raises; a pause for each text lets a test stop a job in its middle. FAKE_LOAD
says how loading the model ends: it "dies" or "fails".
"""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Self

from hadath.calibration import MinScore
from hadath.errors import DeviceError
from hadath.schema import Document
from tests.inference.fake_tagger import FakeTagger

PAUSE = float(os.environ.get("FAKE_PAUSE", "0"))
LOAD = os.environ.get("FAKE_LOAD")


class FragileTagger(FakeTagger):
    """See above. Texts are taken two at a time, as an engine on a GPU takes them."""

    @classmethod
    def load(cls, bundle: Path | str | None = None, *, device: str = "cpu", threads: int | None = None) -> Self:
        if LOAD == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if LOAD == "fails":
            raise DeviceError(f"no device {device!r}")
        return cls()

    def tag_all(self, documents: Iterable[Document], *, min_score: MinScore | None = None) -> Iterator[Document]:
        stream = iter(documents)
        while pair := list(islice(stream, 2)):
            for document in pair:
                time.sleep(PAUSE)
                if "مميت" in document.text:
                    os.kill(os.getpid(), signal.SIGKILL)
                if "خلل" in document.text:
                    raise RuntimeError("no such luck")
            yield from super().tag_all(pair, min_score=min_score)


def install() -> None:
    """Stand in for `hadath.tagger` in this process."""
    module = ModuleType("hadath.tagger")
    vars(module)["Tagger"] = FragileTagger
    sys.modules["hadath.tagger"] = module


if __name__ in ("__main__", "__mp_main__"):
    install()

if __name__ == "__main__":
    from inference.cli import main

    sys.exit(main())
