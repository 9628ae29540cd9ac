"""Files and folders on this machine or on any file system that pyarrow or fsspec reaches."""

import gzip
import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Self, cast
from urllib.parse import quote
from uuid import uuid4

import pyarrow
from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType, FSSpecHandler, LocalFileSystem, PyFileSystem

from hadath.errors import InputError

GZIP = ".gz"
_BUFFER = 1 << 20
_DRAFT = ".tmp"
# A draft is written in seconds. One of this age in nanoseconds is nobody's, even where clocks differ by minutes.
_ABANDONED = 3600 * 10**9
# What parts a URI, and the % of what is quoted in it already.
_PLAIN_IN_URIS = ":/?#[]@!$&'()*+,;=%"
_NOT_UTF8 = "not UTF-8; rename it, or a folder of such names with: convmv -r -f WINDOWS-1256 -t UTF-8 --notest FOLDER"


@dataclass(frozen=True)
class Location:
    """A path on a file system; it can be sent to another process or machine."""

    filesystem: FileSystem = field(hash=False)  # pyarrow's can be compared, not hashed
    path: str

    @classmethod
    def of(cls, name: str) -> Self:
        """Of a local path, or of a URI such as s3://bucket/folder. Raises InputError for one that nothing reaches."""
        if not _is_utf8(name):
            raise InputError(f"the name {os.fsencode(name)!r} is {_NOT_UTF8}")
        if "://" not in name:
            return cls(LocalFileSystem(), Path(name).resolve().as_posix())
        try:
            return cls(*FileSystem.from_uri(quote(name, safe=_PLAIN_IN_URIS)))
        except pyarrow.ArrowInvalid:
            return cls(*_from_fsspec(name))
        except (OSError, ImportError) as error:
            raise InputError(f"{name} cannot be reached: {error}") from error

    @property
    def is_local(self) -> bool:
        """Whether the path is one of this machine's."""
        return isinstance(self.filesystem, LocalFileSystem)

    def info(self) -> FileInfo:
        """Whether there is a file or a folder, its size and its time."""
        return self.filesystem.get_file_info(self.path)

    def folder_is_there(self) -> bool:
        """Whether there is the folder that this is in."""
        return Location(self.filesystem, str(PurePosixPath(self.path).parent)).info().type is FileType.Directory

    def holds(self, other: "Location") -> bool:
        """Whether the other lies in or under this folder."""
        return other.path.startswith(f"{self.path.rstrip('/')}/") and other.filesystem == self.filesystem

    def files(self) -> list[FileInfo]:
        """All files in and under this folder, by path. Raises InputError for a name that is not UTF-8."""
        found = self.filesystem.get_file_info(FileSelector(self.path, recursive=True, allow_not_found=True))
        try:
            return sorted((each for each in found if each.type == FileType.File), key=lambda each: each.path)
        except UnicodeDecodeError as error:
            raise InputError(f"the folder {self.path} holds {error.object!r}, whose name is {_NOT_UTF8}") from error

    def child(self, name: str) -> "Location":
        """What is called `name` in this folder."""
        return Location(self.filesystem, f"{self.path}/{name}")

    def make_folder(self, name: str) -> None:
        """Make a folder in this one, and this one too if need be."""
        self.filesystem.create_dir(self.child(name).path, recursive=True)

    def open(self) -> BinaryIO:
        """To read and, unless it is compressed by gzip, to seek.

        Raises InputError, then and later, when the file system fails. What is wrong with the file alone stays an
        OSError: that it is gone (FileNotFoundError), may not be read (PermissionError), is damaged (from gzip).
        """
        raw = io.BufferedReader(_Raw(self), _BUFFER)
        if self.path.endswith(GZIP):
            return io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER)
        return raw

    def read(self) -> bytes | None:
        """All of a small file; None if it is not there."""
        try:
            with self.filesystem.open_input_stream(self.path) as stream:
                return cast(bytes, stream.read())
        except FileNotFoundError:
            return None

    def write(self, data: bytes) -> None:
        """Write the whole file at one stroke: under its name there is all of it, or what was there before.

        On this machine it is on disk when the call returns, name and all; an object store writes objects whole by
        itself.
        """
        if not self.is_local:
            with self.filesystem.open_output_stream(self.path) as stream:
                stream.write(data)
            return
        path = Path(self.path)
        # No other writer on any machine has this name, and neither `part-*` nor Spark takes it for a part.
        draft = path.with_name(f".{path.name}.{uuid4().hex}{_DRAFT}")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def remove_drafts(self) -> None:
        """Remove what a process left in this folder, and under it, that was killed while it wrote.

        Only what is old: another run of the job, on this machine or another, may be writing at any time.
        """
        for each in self.files() if self.is_local else ():
            if each.path.endswith(_DRAFT) and time.time_ns() - each.mtime_ns > _ABANDONED:
                Path(each.path).unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    """Or after a power cut a report could be there without its part. Windows opens no folders, and needs none of it."""
    if os.name == "nt":
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Raw(io.RawIOBase):
    """A file as it is stored. An error of the file system becomes an InputError.

    Libraries call damage in a file OSError too; whoever reads by this class can tell the two apart.
    """

    def __init__(self, location: Location) -> None:
        super().__init__()
        self._path = location.path
        with self._reached():
            self._file = location.filesystem.open_input_file(location.path)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._reached():
            return cast(int, self._file.readinto(buffer))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._reached():
            return cast(int, self._file.seek(offset, whence))

    def tell(self) -> int:
        return cast(int, self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PermissionError):
            raise
        except OSError as error:
            raise unreadable_now(self._path, error) from error


def unreadable_now(name: str, error: Exception) -> InputError:
    """For what is wrong with a machine, not with a file. A job stops at it, so that it can go on when it is mended."""
    reason = str(error) or type(error).__name__
    return InputError(f"{name} cannot be read now: {reason}; when it can be, the same command goes on")


def _is_utf8(name: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in name)


def _from_fsspec(name: str) -> tuple[FileSystem, str]:
    try:
        import fsspec  # noqa: PLC0415 - not installed with pyarrow; needed for few file systems

        filesystem, path = fsspec.core.url_to_fs(name)
    except (ImportError, ValueError) as error:
        raise InputError(
            f"{name} cannot be reached: pyarrow does not know its scheme, and fsspec says: {error}"
        ) from error
    return PyFileSystem(FSSpecHandler(filesystem)), path
