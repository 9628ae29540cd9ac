"""What a student takes from its teachers."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from hadath.bundle import TOKENIZER_FILE, WEIGHTS_FILE
from hadath.errors import ConfigError
from hadath.model import Scores
from hadath.torch_engine import load_model
from training.cli import main
from training.config import DistillConfig, LossConfig, load_config
from training.crf import LabelCounts, expected_counts
from training.distill import Teachers, kept
from training.examples import IGNORED, INPUTS
from training.loss import Answers, joint_loss, mean_cross_entropy
from training.run import load_result

ARTICLES = ",".join(f"data/authored/{name}-agency-01.txt" for name in ("iraq", "syria", "sudan"))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("runs")
    assert main(["fit", "configs/smoke.yaml", "name=teacher", f"output={output}", f"data.train=[{ARTICLES}]"]) == 0
    return output / "teacher"


def first_step(teacher: Path, name: str, *settings: str) -> Path:
    """The run of a student after one step."""
    one_step = ["trainer.max_steps=1", "trainer.eval_strategy=no", "trainer.load_best_model_at_end=false"]
    given = [f"name={name}", f"output={teacher.parent}", f"data.train=[{ARTICLES}]", *one_step, *settings]
    assert main(["fit", "configs/smoke.yaml", *given]) == 0
    return teacher.parent / name


def test_the_loss_against_a_sure_teacher_is_that_against_labels() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 5, 4), torch.randint(4, (2, 5))
    decided = torch.tensor([[True] * 5, [True, True, False, False, False]])
    sure = torch.nn.functional.one_hot(labels, 4).float()
    expected = torch.nn.functional.cross_entropy(logits[decided], labels[decided])
    torch.testing.assert_close(mean_cross_entropy(logits, sure, decided), expected)
    torch.testing.assert_close(mean_cross_entropy(logits, sure, torch.zeros_like(decided)), torch.tensor(0.0))


def test_the_share_of_the_teachers_is_what_the_config_says() -> None:
    torch.manual_seed(0)
    scores = Scores(torch.randn(1, 3, 5), torch.randn(1, 2, 3, 5), torch.randn(1, 5, 5), torch.randn(1, 2, 3))
    counts = LabelCounts(torch.rand(2, 3, 5), torch.rand(2, 5, 5))
    answers = Answers(torch.rand(1, 3, 5), counts, torch.rand(1, 2, 3))
    labels = {
        "trigger_labels": torch.tensor([[1, 0, -100]]),
        "role_labels": torch.zeros(1, 2, 3, dtype=torch.long),
        "modality_labels": torch.tensor([[0, 2]]),
    }
    hard, soft = (joint_loss(scores, labels, LossConfig(), answers, share) for share in (0.0, 1.0))
    assert hard != soft
    torch.testing.assert_close(joint_loss(scores, labels, LossConfig()), hard)
    torch.testing.assert_close(joint_loss(scores, labels, LossConfig(), answers, 0.25), 0.75 * hard + 0.25 * soft)


def test_kept_layers_are_numbered_anew() -> None:
    names = ["encoder.embeddings.w", *(f"encoder.encoder.layer.{i}.w" for i in range(12)), "trigger_head.weight"]
    weights = {name: torch.tensor(float(place)) for place, name in enumerate(names)}
    assert {name: tensor.item() for name, tensor in kept(weights, [1, 11]).items()} == {
        "encoder.embeddings.w": 0,
        "encoder.encoder.layer.0.w": 2,
        "encoder.encoder.layer.1.w": 12,
        "trigger_head.weight": 13,
    }


def test_teachers_answer_with_the_mean_of_their_probabilities_and_without_dropout(teacher: Path) -> None:
    other = teacher.parent / "other-teacher"
    shutil.copytree(teacher, other)
    save_file({name: -tensor for name, tensor in load_file(teacher / WEIGHTS_FILE).items()}, other / WEIGHTS_FILE)
    config, result = load_result(teacher)
    values = ([[2, 5, 6, 3]], [[1, 1, 1, 1]], [[1, 2]], [[0, 1]], [[0, 3]])
    batch = {name: torch.tensor(value) for name, value in zip(INPUTS, values, strict=True)}
    batch["role_labels"] = torch.tensor([[[0, IGNORED], [0, 0]]])
    there = batch["role_labels"][0] != IGNORED
    models = [load_model(folder, result.ontology, config.heads).eval() for folder in (teacher, other)]
    with torch.no_grad():
        one, two = (model(*(batch[name] for name in INPUTS)) for model in models)
    distill = DistillConfig(teachers=(str(teacher), str(other)))
    tokenizer_json, dev_sha256 = (teacher / TOKENIZER_FILE).read_text("utf-8"), result.data["dev_sha256"]
    teachers = Teachers(distill, result.ontology, tokenizer_json, dev_sha256)
    answers = teachers.answers(batch)
    assert not torch.allclose(one.triggers, two.triggers)
    torch.testing.assert_close(answers.triggers, (one.triggers.softmax(-1) + two.triggers.softmax(-1)) / 2)
    torch.testing.assert_close(answers.modalities, (one.modalities.softmax(-1) + two.modalities.softmax(-1)) / 2)
    first, second = (expected_counts(each.roles.flatten(0, 1), each.transitions[0], there) for each in (one, two))
    for found, count, other_count in zip(answers.roles, first, second, strict=True):
        torch.testing.assert_close(found, (count + other_count) / 2)


def test_a_student_starts_with_the_named_layers_of_its_teacher_and_all_else(teacher: Path) -> None:
    student = first_step(
        teacher, "unmoved", f"distill.teachers=[{teacher}]", "distill.layers=[1]", "trainer.learning_rate=0"
    )
    expected = kept(load_file(teacher / WEIGHTS_FILE), [1])
    found = load_file(student / WEIGHTS_FILE)
    assert found.keys() == expected.keys()
    changed = {name for name, tensor in found.items() if not torch.equal(tensor, expected[name])}
    assert changed == {"standardise.mean", "standardise.deviation"}, "measured anew"


def test_a_run_learns_from_the_annotation_and_from_its_teachers_by_their_share(teacher: Path) -> None:
    one = f"distill.teachers=[{teacher}]"
    runs = [
        first_step(teacher, "by-annotation"),
        first_step(teacher, "by-both", one, "distill.weight=0.25"),
        first_step(teacher, "by-teacher", one, "distill.weight=1"),
    ]
    hard, both, soft = (load_result(run)[1].curves[0].value for run in runs)
    assert abs(hard - soft) > 0.01
    assert both == pytest.approx(0.75 * hard + 0.25 * soft, abs=1e-3)


def test_a_student_with_fewer_layers_learns_from_a_finished_run(teacher: Path) -> None:
    settings = [f"output={teacher.parent}", f"data.train=[{ARTICLES}]", f"distill.teachers=[{teacher}]"]
    assert main(["fit", "configs/smoke.yaml", "name=student", *settings, "distill.layers=[1]"]) == 0
    config, _ = load_result(teacher.parent / "student")
    assert config.distill.layers == (1,)
    assert main(["export", str(teacher.parent / "student"), str(teacher.parent / "small"), "--float32"]) == 0
    assert main(["export", str(teacher), str(teacher.parent / "large"), "--float32"]) == 0
    small, large = ((teacher.parent / name / "model.onnx").stat().st_size for name in ("small", "large"))
    assert small < large


def test_a_teacher_that_does_not_fit_is_named(teacher: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = f"distill.teachers=[{teacher}]"
    other_words = "data.train=[data/authored/iraq-agency-02.txt,data/authored/iraq-agency-03.txt]"
    settings = ["fit", "configs/smoke.yaml", "name=student-2", f"output={teacher.parent}", one]
    assert main([*settings, other_words]) == 2
    assert f"{teacher} was trained with another ontology or another tokenizer" in capsys.readouterr().err
    assert main([*settings, f"data.train=[{ARTICLES}]", "distill.layers=[7]"]) == 2
    assert "does not fit this encoder" in capsys.readouterr().err


def test_a_teacher_that_may_have_learned_from_the_students_dev_documents_is_refused(teacher: Path) -> None:
    _, result = load_result(teacher)
    tokenizer_json = (teacher / TOKENIZER_FILE).read_text("utf-8")
    with pytest.raises(ConfigError, match=f"{teacher} had other dev documents"):
        Teachers(DistillConfig(teachers=(str(teacher),)), result.ontology, tokenizer_json, "0" * 64)


@pytest.mark.parametrize(
    ("override", "complaint"),
    [("distill.layers=[0]", "first of the teachers"), ("distill.weight=0", "above 0")],
)
def test_a_config_that_asks_for_no_distillation_is_refused(override: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_config(Path("configs/smoke.yaml"), [override])
