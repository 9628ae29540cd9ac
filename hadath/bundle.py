"""A model bundle: a folder with everything that inference needs, described and sealed by `hadath.json`.

    hadath.json         the manifest: format, ontology, labels, lengths, calibration, metrics, origin, sha256 of files
    tokenizer.json      the encoder's fast tokenizer
    model.onnx          the encoder pass: states of words and trigger logits
    arguments.onnx      the step per trigger: role logits and their transitions, modality logits
    model.safetensors   optional, with config.json: the same model for torch
    README.md           optional: the model card, for people; the manifest does not vouch for it

Nothing in it is pickled, and nothing is run from it but the two graphs.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Self

from hadath.calibration import Calibration, ScoreMap
from hadath.errors import BundleError, HadathError
from hadath.ontology import Ontology
from hadath.windows import WindowSize

FORMAT = 3
MANIFEST_FILE = "hadath.json"
TOKENIZER_FILE = "tokenizer.json"
ENCODER_FILE, ARGUMENTS_FILE = "model.onnx", "arguments.onnx"
WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
CARD_FILE = "README.md"
_KNOWN_FILES = {TOKENIZER_FILE, ENCODER_FILE, ARGUMENTS_FILE, WEIGHTS_FILE, CONFIG_FILE}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`hadath.json`. `heads` is the shape of the heads, which only torch needs to know; `origin` says what it was
    trained from (hashes of config and data, versions); `metrics` what it scored when it was exported and since."""

    name: str
    ontology: Ontology
    encoder: str
    window: WindowSize
    calibration: Calibration
    heads: Mapping[str, Any]
    metrics: Mapping[str, Any]
    origin: Mapping[str, Any]
    files: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The tree that stands in `hadath.json`."""
        return {
            "format": FORMAT,
            "name": self.name,
            "encoder": self.encoder,
            "ontology": self.ontology.to_mapping(),
            "labels": _labels(self.ontology),
            "window": asdict(self.window),
            "calibration": asdict(self.calibration),
            "heads": dict(self.heads),
            "metrics": dict(self.metrics),
            "origin": dict(self.origin),
            "files": dict(self.files),
        }

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Self:
        """Raises BundleError where the tree is of another format or contradicts itself."""
        if tree.get("format") != FORMAT:
            raise BundleError(
                f"the bundle has format {tree.get('format')!r}, this hadath reads format {FORMAT}; "
                "use the hadath that made it, or export the model again"
            )
        try:
            ontology = Ontology.from_mapping(tree["ontology"])
            if tree["labels"] != _labels(ontology):
                raise BundleError("the bundle's label sets are not those of its ontology; export the model again")
            if missing := sorted(_needed(tree["files"]) - set(tree["files"])):
                raise BundleError(f"{MANIFEST_FILE} gives no sha256 of {missing[0]}; export the model again")
            return cls(
                name=tree["name"],
                ontology=ontology,
                encoder=tree["encoder"],
                window=WindowSize(**tree["window"]),
                calibration=_calibration(tree["calibration"], ontology),
                heads=tree["heads"],
                metrics=tree["metrics"],
                origin=tree["origin"],
                files=dict(tree["files"].items()),  # a list of names has no items
            )
        except KeyError as error:
            raise BundleError(f"{MANIFEST_FILE} lacks the entry {error}; export the model again") from error
        except (TypeError, AttributeError) as error:
            raise BundleError(f"{MANIFEST_FILE} has an entry of the wrong shape: {error}") from error


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An opened bundle whose files are what its manifest says."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read and check a bundle; raises BundleError that says what is wrong with it."""
        path = folder / MANIFEST_FILE
        if not path.is_file():
            raise BundleError(f"{folder} is no model bundle: it holds no {MANIFEST_FILE}")
        try:
            tree = json.loads(path.read_text("utf-8"))
            if not isinstance(tree, dict):
                raise BundleError(f"expected a JSON object, got {type(tree).__name__}")
            manifest = Manifest.from_json(tree)
        except (HadathError, ValueError) as error:
            raise BundleError(f"{path}: {error}") from error
        for name, expected in manifest.files.items():
            _check_file(folder, name, expected)
        return cls(folder=folder, manifest=manifest)

    def tokenizer_json(self) -> str:
        """The text of the bundle's tokenizer.json."""
        return (self.folder / TOKENIZER_FILE).read_text("utf-8")


def record(folder: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Keep figures among the evaluations of a bundle's manifest; nothing else in the bundle changes."""
    manifest = Bundle.open(folder).manifest
    evaluations = {**manifest.metrics.get("evaluations", {}), name: dict(figures)}
    _write(folder, replace(manifest, metrics={**manifest.metrics, "evaluations": evaluations}))


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest beside the files that stand in `folder`, with their hashes in place of its `files`."""
    names = sorted(path.name for path in folder.iterdir() if path.name in _KNOWN_FILES)
    _write(folder, replace(manifest, files={name: sha256(folder / name) for name in names}))


def bundle_folder(model: Path | str | None = None) -> Path:
    """The folder of a bundle. One that is shipped inside the package goes by its name, without any by "default".

    A folder of the caller's that is called so is given as a path: `./default`, or `Path("default")`.
    """
    shipped = Path(str(resources.files("hadath"))) / "bundles"
    if model is None or model in {path.name for path in shipped.iterdir()}:
        return shipped / (model or "default")
    return Path(model)


def sha256(path: Path) -> str:
    """The hexadecimal digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(folder: Path, manifest: Manifest) -> None:
    draft = folder / f".{MANIFEST_FILE}"
    draft.write_text(json.dumps(manifest.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(folder / MANIFEST_FILE)


def _needed(files: Mapping[str, str]) -> set[str]:
    """What a manifest with these files has to vouch for. Torch's weights need the encoder's config beside them."""
    return {TOKENIZER_FILE, ENCODER_FILE, ARGUMENTS_FILE} | ({CONFIG_FILE} if WEIGHTS_FILE in files else set())


def _calibration(tree: Mapping[str, Any], ontology: Ontology) -> Calibration:
    maps = {name: ScoreMap(**tree[name]) for name in ("trigger_map", "argument_map")}
    calibration = Calibration(**{**tree, **maps})
    if unknown := set(calibration.thresholds) - {*ontology.trigger_labels.classes, *ontology.roles}:
        raise BundleError(f"calibration: the threshold of {min(unknown)!r}, which is neither an event type nor a role")
    return calibration


def _labels(ontology: Ontology) -> dict[str, list[str]]:
    return {
        "triggers": list(ontology.trigger_labels.names),
        "roles": list(ontology.role_labels.names),
        "modalities": list(ontology.modalities),
    }


def _check_file(folder: Path, name: str, expected: str) -> None:
    if Path(name).name != name:
        raise BundleError(f"{folder}: {MANIFEST_FILE} names {name!r}, which is not a file name")
    path = folder / name
    if not path.is_file():
        raise BundleError(f"{folder}: the bundle's file {name} is missing; copy the whole bundle again")
    if (found := sha256(path)) != expected:
        raise BundleError(
            f"{path} is not the file that the bundle was sealed with (sha256 {found[:12]}…, "
            f"expected {str(expected)[:12]}…); copy the whole bundle again"
        )
