"""From a config to a bundle that tags: every command, on the tiny encoder."""

import json
import math
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import onnx
import pytest

from hadath.bundle import TOKENIZER_FILE, Bundle
from hadath.ontology import Ontology
from hadath.tagger import Tagger
from hadath.windows import WindowSize, load_tokenizer
from tests.conftest import ROOT
from training.cli import main
from training.config import load_config
from training.documents import corpus_split
from training.examples import make_examples
from training.run import load_result

SMALL = [
    "data.train=[data/authored/iraq-agency-01.txt,data/authored/syria-agency-01.txt,data/authored/sudan-agency-01.txt]"
]
HELD_OUT = "data/authored/levant-agency-01.txt"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished smoke run."""
    output = tmp_path_factory.mktemp("runs")
    assert main(["fit", "configs/smoke.yaml", f"output={output}", *SMALL]) == 0
    return output / "smoke"


@pytest.fixture(scope="module")
def exported(run: Path) -> Path:
    """Its bundle in INT8, with torch weights."""
    out = run.parent / "bundle"
    assert main(["export", str(run), str(out), "--with-weights"]) == 0
    return out


def test_a_run_keeps_its_config_figures_curves_and_logs(run: Path) -> None:
    config, result = load_result(run)
    assert config == load_config(ROOT / "configs/smoke.yaml", [f"output={run.parent}", *SMALL])
    assert set(result.metrics) == {"trigger_f1", "argument_f1", "modality_f1"}
    assert {point.name for point in result.curves} == {"loss", "trigger F1", "argument F1", "modality F1"}
    assert result.data["train_documents"] + result.data["dev_documents"] == 3
    assert list(run.rglob("events.out.tfevents*")), "logs for TensorBoard"


def test_a_finished_run_is_not_overwritten(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["trainer.save_strategy=no", "trainer.load_best_model_at_end=false", f"output={run.parent}", *SMALL]
    assert main(["fit", "configs/smoke.yaml", "name=unsaved", *settings]) == 0
    assert not list((run.parent / "unsaved").glob("checkpoint-*"))
    assert main(["fit", "configs/smoke.yaml", "name=unsaved", "seed=14", *settings]) == 2
    assert "holds a run already" in capsys.readouterr().err
    assert load_result(run.parent / "unsaved")[0].seed == 13


def test_runs_of_several_seeds_share_their_dev_documents(ontology: Ontology) -> None:
    def dev(*overrides: str) -> list[str]:
        settings = ["data.train=[data/authored]", "data.dev_fraction=0.05", *overrides]
        return [each.id for each in corpus_split(load_config(ROOT / "configs/smoke.yaml", settings), ontology).dev]

    assert dev("seed=1") == dev("seed=2") != dev("data.split_seed=2")


def test_dev_documents_much_like_others_that_are_trained_on_are_named(
    tmp_path: Path, ontology: Ontology, caplog: pytest.LogCaptureFixture
) -> None:
    text = (ROOT / "data/authored/iraq-agency-01.txt").read_text("utf-8")
    (tmp_path / "copy.txt").write_text(f"{text}انتهى\n", "utf-8")
    settings = [*SMALL, f"data.dev=[{tmp_path}/copy.txt,{HELD_OUT}]"]
    with caplog.at_level("WARNING", logger="training"):
        corpus_split(load_config(ROOT / "configs/smoke.yaml", settings), ontology)
    (told,) = caplog.messages
    assert told.startswith(
        "1 articles of data.dev are much like others of data.train, such as iraq-agency-01 and iraq-agency-01"
    )


def test_a_bundle_holds_what_it_was_made_from(run: Path, exported: Path) -> None:
    manifest = Bundle.open(exported).manifest
    _, result = load_result(run)
    assert manifest.origin["data"] == result.data
    assert set(manifest.metrics["dev"]) == {"float32", "bundle"}
    assert set(manifest.files) == {
        "arguments.onnx", "config.json", "model.onnx", "model.safetensors", "tokenizer.json"
    }  # fmt: skip
    assert Tagger.load(exported).tag("وقع هجوم").text == "وقع هجوم"


def test_a_bundle_names_no_path_of_the_machine_that_made_it(exported: Path) -> None:
    for path in exported.iterdir():
        content = path.read_bytes()
        assert not [sign for sign in (str(ROOT).encode(), b"site-packages", b'.py", line') if sign in content], (
            path.name
        )


def test_export_says_how_far_onnx_is_from_torch_and_what_int8_costs(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(run), str(tmp_path / "bundle"), "--float32"]) == 0
    printed = capsys.readouterr().out
    assert "parity: float32 ONNX and torch differ by at most" in printed
    assert "trigger" in printed
    assert main(["export", str(run), str(tmp_path / "bundle")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_evaluate_prints_writes_and_records(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, figures = tmp_path / "new/report.html", tmp_path / "newer/figures.json"
    options = ["--report", str(report), "--json", str(figures), "--record", "held out"]
    assert main(["evaluate", str(exported), HELD_OUT, *options]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("Trig-I", "Trig-C", "Arg-I", "Arg-C", "Modality"))
    assert json.loads(figures.read_text("utf-8"))["documents"] == 1
    assert "http" not in report.read_text("utf-8").replace("http://www.w3.org", "")
    recorded = Bundle.open(exported).manifest.metrics["evaluations"]["held out"]
    assert recorded["documents"] == 1
    assert set(recorded["headline"]["Arg-C"]) == {"f1", "low", "high", "precision", "recall", "gold"}
    assert set(recorded["calibration_errors"]) == {
        "as used",
        "nothing left out",
        "nothing left out, before calibration",
    }
    assert "before calibration" in printed
    assert "Triggers, nothing left out, before calibration" in report.read_text("utf-8")


def test_a_bundle_may_read_in_shorter_windows_and_not_in_longer_ones(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    assert main(["export", str(run), str(bundle), "--float32", "--window", "64", "16"]) == 0
    assert Bundle.open(bundle).manifest.window == WindowSize(max_length=64, overlap=16)
    for numbers, told in ((("4096", "16"), "are longer than those"), (("64", "60"), "up to a third")):
        assert main(["export", str(run), str(tmp_path / "other"), "--window", *numbers]) == 2
        assert told in capsys.readouterr().err


def test_a_count_of_spared_products_below_0_is_a_usage_error(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["export", str(run), str(tmp_path / "bundle"), "--spare", "-1"])
    assert "expected a whole number from 0 on" in capsys.readouterr().err


def test_every_product_can_be_spared(run: Path, tmp_path: Path) -> None:
    """Also those of query, key and value, which share their input."""
    kinds: dict[int, Counter[str]] = {}
    for spared in (0, 5, 100):
        out = tmp_path / str(spared)
        assert main(["export", str(run), str(out), "--spare", str(spared)]) == 0
        kinds[spared] = Counter(node.op_type for node in onnx.load(out / "model.onnx").graph.node)
    assert kinds[5]["MatMulInteger"] == kinds[0]["MatMulInteger"] - 5
    assert kinds[100]["MatMulInteger"] == 0


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = [f"output={tmp_path}", *SMALL]
    assert main(["fit", "configs/smoke.yaml", "trainer.max_steps=2", *first]) == 0
    assert main(["fit", "configs/smoke.yaml", *first, "--resume"]) == 0
    assert main(["fit", "configs/smoke.yaml", *first]) == 2
    assert "holds a run already" in capsys.readouterr().err
    assert main(["fit", "configs/smoke.yaml", "seed=2", *first, "--resume"]) == 2
    assert "started with another seed" in capsys.readouterr().err
    assert main(["fit", "configs/smoke.yaml", "trainer.learning_rate=1e-4", *first, "--resume"]) == 2
    assert "started with another trainer.learning_rate" in capsys.readouterr().err
    steps = [point.step for point in load_result(tmp_path / "smoke")[1].curves if point.name == "loss"]
    assert steps == [1, 2, 3, 4]


def test_a_run_goes_on_with_the_documents_that_it_was_started_on_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("iraq", "syria", "sudan"):
        shutil.copy(ROOT / f"data/authored/{name}-agency-01.txt", tmp_path)
    settings = ["configs/smoke.yaml", f"output={tmp_path / 'runs'}", f"data.train=[{tmp_path}]"]
    assert main(["fit", *settings, "trainer.max_steps=2"]) == 0
    edited = tmp_path / "syria-agency-01.txt"
    whole = edited.read_text("utf-8")
    edited.write_text(f"{whole}انتهى\n", "utf-8")
    assert main(["fit", *settings, "--resume"]) == 2
    assert "smoke was not started on the documents" in capsys.readouterr().err
    edited.write_text(whole, "utf-8")
    assert main(["fit", *settings, "--resume"]) == 0


def test_a_run_may_do_without_evaluation(tmp_path: Path) -> None:
    plain = ["trainer.eval_strategy=no", "trainer.load_best_model_at_end=false", "trainer.learning_rate=1e-3"]
    assert main(["fit", "configs/smoke.yaml", f"output={tmp_path}", *plain, *SMALL]) == 0
    assert {point.name for point in load_result(tmp_path / "smoke")[1].curves} == {"loss"}


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fit", "configs/smoke.yaml", "--resum", "-x=1"])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_a_run_goes_on_from_its_last_complete_checkpoint(tmp_path: Path) -> None:
    """What a kill in mid-checkpoint leaves: weights without the trainer's state, or with half of it."""
    settings = [f"output={tmp_path}", *SMALL]
    assert main(["fit", "configs/smoke.yaml", "trainer.max_steps=2", *settings]) == 0
    for step, state in ((3, None), (10, '{"epoch": 1.')):
        cut_off = tmp_path / "smoke" / f"checkpoint-{step}"
        shutil.copytree(tmp_path / "smoke" / "checkpoint-2", cut_off)
        (cut_off / "trainer_state.json").unlink()
        if state:
            (cut_off / "trainer_state.json").write_text(state, "utf-8")
    assert main(["fit", "configs/smoke.yaml", *settings, "--resume"]) == 0
    steps = [point.step for point in load_result(tmp_path / "smoke")[1].curves if point.name == "loss"]
    assert steps == [1, 2, 3, 4]


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    command = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "training", "fit"]
    settings = ["configs/smoke.yaml", f"output={tmp_path}", "trainer.use_cpu=true", "trainer.max_steps=-1", *SMALL]
    settings += ["trainer.num_train_epochs=1", "trainer.per_device_train_batch_size=1"]
    done = subprocess.run(
        [sys.executable, "-m", *command, *settings], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    config, result = load_result(tmp_path / "smoke")
    tokenizer = load_tokenizer((tmp_path / "smoke" / TOKENIZER_FILE).read_text("utf-8"))
    train = corpus_split(config, result.ontology).train
    rows = make_examples(train, tokenizer, result.window, result.ontology).dataset
    # Each step takes a batch from both: by itself, either would need twice as many for an epoch.
    assert max(point.step for point in result.curves) == math.ceil(len(rows) / 2)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fit", "configs/none.yaml"], "cannot read the config"),
        (["fit", "configs/smoke.yaml", "sead=1"], "did you mean 'seed'"),
        (["fit", "configs/smoke.yaml", "data.train=[data/nothing]"], "data/nothing"),
        (["fit", "configs/smoke.yaml", "ontology=none.yaml"], "no ontology at none.yaml"),
        (["fit", "configs/smoke.yaml", "window.max_length=4000"], "takes at most 128"),
        (["fit", "configs/smoke.yaml", "window.overlap=100"], "up to a third"),
        (["fit", "configs/smoke.yaml", "--resume"], "start the run without --resume"),
        (["export", "configs", "out"], "holds no finished run"),
        (["evaluate", "configs", "data/authored"], "no model bundle"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_folder = [f"output={tmp_path}"] if arguments[0] == "fit" else []
    assert main([*arguments, *own_folder]) == 2
    assert not list(tmp_path.iterdir()), "nothing is left of a run that could not start"
    printed = capsys.readouterr().err.strip().splitlines()
    assert complaint in printed[-1]
    assert "Traceback" not in "\n".join(printed)
