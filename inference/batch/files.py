"""Files and folders on this machine or on any file system that pyarrow or fsspec reaches."""

import gzip
import io
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self, cast

import pyarrow
from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType, FSSpecHandler, LocalFileSystem, PyFileSystem

from hadath.errors import InputError

GZIP = ".gz"
_BUFFER = 1 << 20
_DRAFT = ".tmp"


@dataclass(frozen=True)
class Location:
    """A path on a file system; it can be sent to another process or machine."""

    filesystem: FileSystem
    path: str

    @classmethod
    def of(cls, name: str) -> Self:
        """Of a local path, or of a URI such as s3://bucket/folder. Raises InputError for one that nothing reaches."""
        if "://" not in name:
            return cls(LocalFileSystem(), str(Path(name).resolve()))
        try:
            return cls(*FileSystem.from_uri(name))
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

    def files(self) -> list[FileInfo]:
        """All files in and under this folder, by path."""
        found = self.filesystem.get_file_info(FileSelector(self.path, recursive=True, allow_not_found=True))
        return sorted((each for each in found if each.type == FileType.File), key=lambda each: each.path)

    def child(self, name: str) -> "Location":
        """What is called `name` in this folder."""
        return Location(self.filesystem, f"{self.path}/{name}")

    def make_folder(self, name: str) -> None:
        """Make a folder in this one, and this one too if need be."""
        self.filesystem.create_dir(self.child(name).path, recursive=True)

    def open(self) -> BinaryIO:
        """To read and, unless it is compressed by gzip, to seek."""
        raw = io.BufferedReader(self.filesystem.open_input_file(self.path), _BUFFER)
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

        On this machine it is on disk when the call returns; an object store writes objects whole by itself.
        """
        if not self.is_local:
            with self.filesystem.open_output_stream(self.path) as stream:
                stream.write(data)
            return
        draft = Path(f"{self.path}.{os.getpid()}{_DRAFT}")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def remove_drafts(self) -> None:
        """Remove what a process left in this folder, and under it, that was killed while it wrote."""
        for each in self.files() if self.is_local else ():
            if each.path.endswith(_DRAFT):
                Path(each.path).unlink(missing_ok=True)


def _from_fsspec(name: str) -> tuple[FileSystem, str]:
    try:
        import fsspec  # noqa: PLC0415 - not installed with pyarrow; needed for few file systems

        filesystem, path = fsspec.core.url_to_fs(name)
    except (ImportError, ValueError) as error:
        raise InputError(
            f"{name} cannot be reached: pyarrow does not know its scheme, and fsspec says: {error}"
        ) from error
    return PyFileSystem(FSSpecHandler(filesystem)), path
