"""One measurement in a process of its own: `python -m benchmarks.subjects KIND JSON` prints JSON.

JSON holds the arguments of the function that KIND names, and `began`, when the process was started. The functions:
"""

# ruff: noqa: PLC0415 - what a subject does not use must cost it neither time nor memory

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

# Texts that the pipeline pads together; 8 to 32 are as fast.
_PIPELINE_BATCH = 16
_REPEATS = 20
_WATCHED = 200


def pipeline(began: float, texts: list[str], folder: str) -> dict[str, float]:
    """What users of transformers do. With a stride, long texts are read to their end."""
    from transformers import pipeline as make_pipeline

    tag = make_pipeline("token-classification", model=folder, aggregation_strategy="simple", stride=64, device="cpu")
    tag(texts[0])
    first = time.time() - began
    started = time.perf_counter()
    tag(texts, batch_size=_PIPELINE_BATCH)
    return {"first": first, "seconds": time.perf_counter() - started}


def tag(began: float, texts: list[str], bundle: str) -> dict[str, float]:
    """What callers of hadath do."""
    from inference import predict, predict_batch

    model = Path(bundle)
    predict(texts[0], model=model)
    first = time.time() - began
    started = time.perf_counter()
    predict_batch(texts, model=model)
    return {"first": first, "seconds": time.perf_counter() - started}


def outside(began: float, texts: list[str], bundle: str) -> dict[str, float]:
    """The share of the time that hadath spends outside the model, on one thread."""
    from hadath.bundle import Bundle
    from hadath.engine import OnnxEngine
    from hadath.tagger import Tagger
    from hadath.windows import load_tokenizer

    opened = Bundle.open(Path(bundle))
    engine = _Timed(OnnxEngine(opened.folder, threads=1))
    tagger = Tagger(
        engine=engine,
        tokenizer=load_tokenizer(opened.tokenizer_json()),
        ontology=opened.manifest.ontology,
        window=opened.manifest.window,
        calibration=opened.manifest.calibration,
    )
    tagger.tag(texts[0])
    engine.seconds, started = 0.0, time.perf_counter()
    for text in texts[:_WATCHED]:
        tagger.tag(text)
    return {"share": 1 - engine.seconds / (time.perf_counter() - started)}


def lengths(began: float, texts: dict[str, list[str]], bundle: str) -> dict[str, float]:
    """Seconds for the texts of each length."""
    from hadath.schema import Document
    from hadath.tagger import Tagger

    tagger = Tagger.load(bundle)
    tagger.tag(next(iter(texts.values()))[0])
    found = {}
    for length, its_texts in texts.items():
        documents = [Document(id="", text=text) for text in its_texts]
        started = time.perf_counter()
        for _ in tagger.tag_all(documents):
            pass
        found[length] = time.perf_counter() - started
    return found


def job(began: float, texts: list[str], bundle: str, workers: int) -> dict[str, float]:
    """A batch job from its start to its summary."""
    from hadath.engine import usable_cores
    from inference.batch.job import Batch, Job
    from inference.batch.local import make_parts

    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "in.jsonl"
        articles.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        started = time.perf_counter()
        batch = Batch(Job(inputs=(str(articles),), out=f"{folder}/out", model=bundle, part_size=50))
        for _ in batch.run(partial(make_parts, workers=workers), threads=max(1, usable_cores() // workers)):
            pass
        return {"seconds": time.perf_counter() - started}


def floor(began: float, rows: int, inner: int, columns: int) -> dict[str, float]:
    """Multiply-adds a second of `[rows, inner] × [inner, columns]` in ONNX Runtime, in float32 and in INT8."""
    random = np.random.default_rng(0)
    floats = [random.normal(size=shape).astype(np.float32) for shape in ((rows, inner), (inner, columns))]
    left = random.integers(0, 255, size=(rows, inner)).astype(np.uint8)
    right = random.integers(-127, 127, size=(inner, columns)).astype(np.int8)
    work = rows * inner * columns
    return {
        "float32": work / _seconds("MatMul", floats[0], floats[1], np.float32),
        "int8": work / _seconds("MatMulInteger", left, right, np.int32),
    }


def _seconds(operator: str, left: Any, right: Any, result: Any) -> float:
    """The best time of one product whose right side is a constant."""
    import onnxruntime
    from onnx import helper, numpy_helper

    def value(name: str, kind: Any, shape: Sequence[int]) -> Any:
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape)

    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "w"], ["y"])],
        "product",
        [value("x", left.dtype, left.shape)],
        [value("y", result, (left.shape[0], right.shape[1]))],
        [numpy_helper.from_array(right, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        session.run(None, {"x": left})
        times.append(time.perf_counter() - started)
    return min(times)


class _Timed:
    """An engine that counts the seconds spent in it."""

    group = 1

    def __init__(self, engine: Any) -> None:
        self._engine, self.seconds = engine, 0.0

    def encode(self, windows: Sequence[Any]) -> Any:
        return self._count(self._engine.encode, windows)

    def arguments(self, *inputs: Any) -> Any:
        return self._count(self._engine.arguments, *inputs)

    def each(self, work: Callable[..., Any], items: Iterable[Any]) -> Iterable[Any]:
        return map(work, items)

    def _count(self, method: Callable[..., Any], *inputs: Any) -> Any:
        started = time.perf_counter()
        try:
            return method(*inputs)
        finally:
            self.seconds += time.perf_counter() - started


def _peak_megabytes() -> float:
    """Of this process, or of the largest of its children."""
    # In getrusage a process inherits the peak of the one that started it. So it is no measure of this one, but right
    # for its children: what they inherit is the peak of this one, which counts anyway.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(status["VmHWM"].split()[0]), children) / 1024


if __name__ == "__main__":
    measured = {each.__name__: each for each in (pipeline, tag, outside, lengths, job, floor)}[sys.argv[1]]
    found = measured(**json.loads(Path(sys.argv[2]).read_text("utf-8")))
    print(json.dumps({**found, "megabytes": _peak_megabytes()}))
