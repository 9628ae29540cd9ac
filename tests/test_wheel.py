"""The wheel holds one package that works away from the checkout; the sdist builds the same wheel."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # The sdist is made from the checkout and the wheel from the sdist, so both are checked.
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, as pip would."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(next(dist.glob("*.whl"))).extractall(folder)
    return folder


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(site), "PATH": "", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=site, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_hadath_and_nothing_else(site: Path) -> None:
    assert sorted(path.name.split("-")[0] for path in site.iterdir()) == ["hadath", "hadath"]
    assert (site / "hadath/inference/page.css").is_file()
    assert (site / "hadath/training/evaluation/report.html.j2").is_file()
    assert not list(site.rglob("tests"))


def test_no_text_but_our_own_is_in_the_sdist(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        foreign = ("articles.jsonl", "held-out.jsonl")
        assert not [name for name in archive.getnames() if name.endswith(foreign) or "/runs/" in name]


def test_the_installed_package_predicts(site: Path) -> None:
    done = python(
        site, "-c", "from hadath.inference import predict; print(predict('قتل جنديان في هجوم').events[0].type)"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Die"


def test_the_installed_command_tags(site: Path) -> None:
    start = "import sys; from hadath.inference.cli import main; sys.exit(main())"
    done = python(site, "-c", start, "tag", str(ROOT / "docs/sample.txt"))
    assert done.returncode == 0, done.stderr
    assert "Attack" in done.stdout


def test_the_installed_training_command_stands(site: Path) -> None:
    done = python(site, "-m", "hadath.training", "--help")
    assert done.returncode == 0, done.stderr
    assert "evaluate" in done.stdout
