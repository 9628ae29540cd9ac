"""What runs the two steps of a model. `OnnxEngine` is the CPU's; `hadath.torch_engine` has the one for torch."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import onnxruntime

from hadath.arrays import Floats, Ids
from hadath.bundle import ARGUMENTS_FILE, ENCODER_FILE
from hadath.windows import Window

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder pass says of the W words of a window."""

    states: Floats  # [W, D]
    trigger_logits: Floats  # [W, trigger labels]


@dataclass(frozen=True, slots=True)
class Linked:
    """What the second step says of T triggers of a window with W words."""

    role_logits: Floats  # [T, W, role labels]
    transitions: Floats  # [role labels, role labels], from a word's label to the next one's
    modality_logits: Floats  # [T, modalities]


class Engine(Protocol):
    """The two steps of the joint model, in numpy arrays. `group`: how many documents it pays to take together."""

    group: int

    def encode(self, windows: Sequence[Window]) -> list[Encoded]:
        """One encoder pass over each window. What one window gets does not depend on the others."""

    def arguments(self, states: Floats, trigger_words: Ids, trigger_types: Ids) -> Linked:
        """The arguments and modalities of T triggers of one window.

        `trigger_words` are places among the window's W words, `trigger_types` ids of types. T is at least 1.
        """

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterable[Result]:
        """The results of work on each item, in their order; done side by side where that pays."""


class OnnxEngine:
    """ONNX Runtime on the CPU.

    One window per call: dynamic INT8 takes its scale over the whole input, so a window must not share it with others,
    and nothing is spent on padding. Each call has one thread and several go on at a time: its matrices are so small
    that threads which share one wait for each other much of the time.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        self._threads = threads or usable_cores()
        # Enough for the threads to have work while the longest document is at it.
        self.group = min(4 * self._threads, 64) if self._threads > 1 else 1
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._encoder = self._session(folder / ENCODER_FILE, options)
        self._arguments = self._session(folder / ARGUMENTS_FILE, options)

    @staticmethod
    def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(self, windows: Sequence[Window]) -> list[Encoded]:
        """See `Engine.encode`."""
        return list(self.each(self._encode, windows))

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """See `Engine.each`. The threads live no longer than the call: none is missed by a process that is forked."""
        waiting = list(items)
        if self._threads == 1 or len(waiting) < 2:
            yield from map(work, waiting)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                results = pool.map(work, waiting)
            except RuntimeError:  # the interpreter is about to end and starts no more threads
                results = map(work, waiting)
            yield from results

    def _encode(self, window: Window) -> Encoded:
        feeds = {"input_ids": window.input_ids[None], "positions": window.positions}
        return Encoded(*self._encoder.run(["states", "trigger_logits"], feeds))

    def arguments(self, states: Floats, trigger_words: Ids, trigger_types: Ids) -> Linked:
        """See `Engine.arguments`."""
        feeds = {"states": states, "trigger_words": trigger_words, "trigger_types": trigger_types}
        return Linked(*self._arguments.run(["role_logits", "transitions", "modality_logits"], feeds))


def usable_cores() -> int:
    """Those that this process may use, where the system can tell; ONNX Runtime would take all that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
