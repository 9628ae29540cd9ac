"""Files are written whole, and a draft is removed only when nobody can be writing it."""

import os
from pathlib import Path

import pytest

from inference.batch.files import Location


def interrupted(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The draft that a process left which was killed while it wrote the file."""
    before = set(path.parent.iterdir())
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", _interrupt)
        patch.setattr(Path, "unlink", _interrupt)
        Location.of(str(path)).write(b"half")
    (draft,) = set(path.parent.iterdir()) - before
    return draft


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_two_writers_of_one_file_have_drafts_of_their_own_that_are_no_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process id is the same here, as it may be on two machines."""
    path = tmp_path / "part-000000.jsonl"
    assert interrupted(path, monkeypatch) != interrupted(path, monkeypatch)
    assert not list(tmp_path.glob("part-*"))


def test_drafts_are_removed_when_they_are_old_and_left_to_another_run_when_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "part-000000.jsonl"
    old, live = interrupted(path, monkeypatch), interrupted(path, monkeypatch)
    os.utime(old, (0, 0))
    Location.of(str(tmp_path)).remove_drafts()
    assert list(tmp_path.iterdir()) == [live]
