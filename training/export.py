"""A finished run becomes a bundle: graphs checked against torch, calibrated on the dev documents as they will be used,
and what INT8 costs measured."""

import hashlib
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hadath.bundle import (
    ARGUMENTS_FILE,
    CONFIG_FILE,
    ENCODER_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    Manifest,
    seal,
)
from hadath.calibration import Calibration
from hadath.engine import OnnxEngine
from hadath.errors import DataError
from hadath.schema import Document
from hadath.tagger import Tagger
from hadath.text import Text
from hadath.torch_engine import TorchEngine, load_model
from hadath.version import version
from hadath.windows import WindowSize, load_tokenizer, windows

from .calibrate import fit_maps, fit_temperatures
from .config import Config
from .data.corpus import fingerprint
from .documents import corpus_split
from .evaluation.metrics import evaluate
from .examples import make_examples
from .onnx_graphs import TOLERANCE, largest_difference, quantise, write_graphs
from .run import Result, load_result
from .thresholds import cross_fitted, fit_thresholds

# Windows that parity is checked on.
_CHECKED_WINDOWS = 50


@dataclass(frozen=True, kw_only=True)
class DevF1:
    """F1 on the dev documents, each fifth of them under thresholds that the other four ask for."""

    trigger_f1: float
    argument_f1: float
    modality_f1: float


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """`difference`: the largest between float32 ONNX and torch. `shipped` is what the bundle scores."""

    folder: Path
    documents: int
    difference: float
    float32: DevF1
    shipped: DevF1
    megabytes: float

    def __str__(self) -> str:
        rows = [f"{'dev F1 on ' + str(self.documents) + ' documents':30}  float32  bundle  difference"]
        for name, before in asdict(self.float32).items():
            after = getattr(self.shipped, name)
            rows.append(f"{name.removesuffix('_f1'):30}  {before:7.4f}  {after:6.4f}  {after - before:+.4f}")
        return "\n".join(
            [
                f"bundle: {self.folder} ({self.megabytes:.1f} MB)",
                f"parity: float32 ONNX and torch differ by at most {self.difference:.1e} (allowed {TOLERANCE:.0e})",
                *rows,
            ]
        )


def export(
    run: Path,
    out: Path,
    *,
    int8: bool = True,
    spared: int = 1,
    with_weights: bool = False,
    window: WindowSize | None = None,
) -> ExportReport:
    """Write the bundle of a finished run to the new folder `out`.

    INT8 leaves as many products as are `spared` in float32. `window` is how the bundle is to read, by default as it was
    trained. Raises DataError when that is longer, the run is not finished, its dev documents are no longer there, `out`
    exists, or the graphs do not agree with torch.
    """
    if out.exists():
        raise DataError(f"{out} exists already; name a new folder for the bundle, or remove it first")
    config, result = load_result(run)
    if window and window.max_length > result.window.max_length:
        raise DataError(
            f"windows of {window.max_length} sub-words are longer than those that {run} was trained with, which have "
            f"{result.window.max_length}; name shorter ones"
        )
    result = replace(result, window=window or result.window)
    stage = _Stage(run, config, result)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        float32, staged = Path(scratch) / "float32", Path(scratch) / "bundle"
        float32.mkdir()
        staged.mkdir()
        difference = stage.write_float32(float32)
        shutil.copy(run / TOKENIZER_FILE, staged)
        shutil.copy(float32 / ARGUMENTS_FILE, staged)
        if int8:
            quantise(float32 / ENCODER_FILE, staged / ENCODER_FILE, stage.windows[:_CHECKED_WINDOWS], spared=spared)
        else:
            shutil.copy(float32 / ENCODER_FILE, staged)
        if with_weights:
            for name in (WEIGHTS_FILE, CONFIG_FILE):
                shutil.copy(run / name, staged)
        _, before = stage.calibrated_scores(float32)
        calibration, after = stage.calibrated_scores(staged)
        seal(staged, _manifest(config, result, calibration, before, after))
        staged.rename(out)
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    return ExportReport(
        folder=out, documents=len(stage.dev), difference=difference, float32=before, shipped=after, megabytes=size
    )


class _Stage:
    """A run with the dev documents that its graphs are checked, calibrated and scored on."""

    def __init__(self, run: Path, config: Config, result: Result) -> None:
        self._run, self._config, self._result = run, config, result
        self._tokenizer = load_tokenizer((run / TOKENIZER_FILE).read_text("utf-8"))
        self.dev = corpus_split(config, result.ontology).dev
        if fingerprint(self.dev) != result.data["dev_sha256"]:
            raise DataError(
                f"the dev documents of {run} are not what they were when it was trained, so some may have been trained "
                "on; bring the annotated data back to that state, or train again"
            )
        self.windows = [
            window for each in self.dev for window in windows(Text.read(each.text), self._tokenizer, result.window)
        ]

    def write_float32(self, folder: Path) -> float:
        """Write both graphs and return the largest difference from torch."""
        model = load_model(self._run, self._result.ontology, self._config.heads)
        write_graphs(model, folder, self._result.window.max_length)
        checked, types = self.windows[:_CHECKED_WINDOWS], len(self._result.ontology.types)
        difference = largest_difference(OnnxEngine(folder), TorchEngine(model), checked, types)
        if not difference <= TOLERANCE:
            raise DataError(
                f"the ONNX graphs differ from torch by {difference:.1e}, over {TOLERANCE:.0e}; nothing was exported"
            )
        return difference

    def calibrated_scores(self, folder: Path) -> tuple[Calibration, DevF1]:
        """The calibration that suits the graphs of a folder, and what they score."""
        engine, result = OnnxEngine(folder), self._result
        tagger = Tagger(
            engine=engine,
            tokenizer=self._tokenizer,
            ontology=result.ontology,
            window=result.window,
            calibration=Calibration(),
        )

        def tag(calibration: Calibration) -> list[Document]:
            return list(tagger.under(calibration).tag_all(self.dev))

        examples = make_examples(self.dev, self._tokenizer, result.window, result.ontology)
        calibration = fit_temperatures(engine, examples)
        trigger_map, argument_map = fit_maps(self.dev, tag(calibration))
        calibration = replace(calibration, trigger_map=trigger_map, argument_map=argument_map)
        tagged = tag(calibration)
        left = cross_fitted(self.dev, tagged, result.ontology)
        evaluation = evaluate(self.dev, left, result.ontology, samples=1)
        thresholds = fit_thresholds(self.dev, tagged, result.ontology)
        return replace(calibration, thresholds=thresholds), DevF1(
            trigger_f1=round(evaluation.trig_c.f1.value, 4),
            argument_f1=round(evaluation.arg_c.f1.value, 4),
            modality_f1=round(evaluation.modality.macro_f1.value, 4),
        )


def _manifest(config: Config, result: Result, calibration: Calibration, before: DevF1, after: DevF1) -> Manifest:
    return Manifest(
        name=config.name,
        ontology=result.ontology,
        encoder=config.encoder,
        window=result.window,
        calibration=calibration,
        heads=asdict(config.heads),
        metrics={
            "dev": {"float32": asdict(before), "bundle": asdict(after)},
            "curves": [asdict(point) for point in result.curves],
        },
        origin={
            "hadath": version(),
            "config_sha256": hashlib.sha256(config.to_yaml().encode()).hexdigest(),
            "distilled": {"teachers": len(config.distill.teachers), "layers": list(config.distill.layers)},
            "data": dict(result.data),
            "versions": dict(result.versions),
        },
        files={},
    )
