"""Who may import whom: training → hadath ← inference, and inside hadath leftwards only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A module may import those before it. Modules on one level do not know each other.
LEVELS = [
    {"errors", "version", "arrays"},
    {"schema", "ontology", "text", "chains"},
    {"windows", "calibration", "decoding"},
    {"model", "bundle"},
    {"engine"},
    {"torch_engine"},
    {"tagger"},
]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "hadath").glob("*.py")), ids=lambda path: path.stem)
def test_hadath_imports_leftwards_only(path: Path) -> None:
    if path.stem == "__init__":
        assert imported(path) == set()
        return
    level = next(i for i, names in enumerate(LEVELS) if path.stem in names)
    allowed = {f"hadath.{name}" for names in LEVELS[:level] for name in names}
    assert {name for name in imported(path) if name.startswith((".", "hadath", "training", "inference"))} <= allowed


@pytest.mark.parametrize("folder", ["training", "inference"])
def test_training_and_inference_know_hadath_and_not_each_other(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        assert not {name for name in imported(path) if name.split(".")[0] in ("training", "inference")}, path


@pytest.mark.parametrize("folder", ["hadath", "inference"])
def test_modules_import_no_extra_but_their_own(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        if path.name not in ("model.py", "torch_engine.py"):
            packages = {name.split(".")[0] for name in imported(path)}
            allowed = {*sys.stdlib_module_names, "hadath", "numpy", "onnxruntime", "tokenizers", ""}
            if path.parent.name == "batch":
                allowed |= {"pyarrow", "fsspec", "tqdm"}
            if path.name == "cluster.py":
                allowed |= {"ray"}
            assert packages <= allowed, path


def test_only_the_command_knows_the_engines_and_only_a_cluster_needs_ray() -> None:
    code = "import sys, inference.batch.command; assert 'ray' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_tagging_loads_neither_torch_nor_yaml(bundle: Path) -> None:
    code = (
        "import sys; from inference import predict; "
        f"predict('وقع هجوم', model={str(bundle)!r}); "
        "assert not {'torch', 'transformers', 'yaml', 'datasets'} & set(sys.modules), 'an extra was loaded'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_file_is_a_god_file() -> None:
    for folder in ("hadath", "inference", "training", "tests", "data"):
        for path in (ROOT / folder).rglob("*.py"):
            assert len(path.read_text("utf-8").splitlines()) <= 300, path
