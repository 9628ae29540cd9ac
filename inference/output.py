"""Where results go, standard output or a file that appears only when it is complete, and where messages go."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from hadath.errors import InputError

from .table import visible


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """A UTF-8 stream with plain line feeds, whatever the locale. None means standard output.

    A file is written beside its final place and renamed at the end; if anything is raised before, it is removed and
    the file that stood there stays. Raises InputError where no file can be written.
    """
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        yield sys.stdout
        return
    target = path.resolve()  # through a link, so that the link stays
    special = target.exists() and not target.is_file()  # a pipe or /dev/null must not be replaced by a file
    draft = target if special else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        stream = draft.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    try:
        with stream:
            yield stream
        if not special:
            draft.replace(target)
    finally:
        if not special:
            draft.unlink(missing_ok=True)


def say(message: str) -> None:
    """A line on standard error. Where nobody reads that any more, the work still goes on."""
    with suppress(BrokenPipeError):
        print(visible(message), file=sys.stderr, flush=True)
