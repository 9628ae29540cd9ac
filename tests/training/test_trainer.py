"""Learning rates, decay and early stopping are where the config puts them."""

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from transformers import EarlyStoppingCallback

from hadath.model import HeadShape, JointModel, Scores
from hadath.ontology import Ontology
from tests.conftest import TEXTS
from training.config import LossConfig, load_config
from training.encoders import load_encoder
from training.examples import INPUTS
from training.fit import training_arguments
from training.loss import disagreement, joint_loss
from training.trainer import Collator, TaggingTrainer

ROW = {
    "input_ids": [2, 5, 6, 7, 3],
    "positions": [1, 2, 3],
    "trigger_labels": [1, 0, 0],
    "trigger_words": [0],
    "trigger_types": [0],
    "modalities": [0],
    "role_labels": [[0, 1, 2]],
    "length": 5,
}


def trainer(folder: Path, ontology: Ontology, figures: list[float], *overrides: str) -> TaggingTrainer:
    """A trainer on eight equal rows whose evaluations give the figures in turn."""
    torch.manual_seed(0)
    model = JointModel(load_encoder("tiny", TEXTS).module, ontology, HeadShape(hidden=8, dropout=0.0))
    config = load_config(Path("configs/smoke.yaml"), [f"output={folder}", "trainer.report_to=none", *overrides])
    given = iter(figures)
    return TaggingTrainer(
        model,
        args=training_arguments(config),
        train_dataset=Dataset.from_list([ROW] * 8),
        eval_dataset=Dataset.from_list([ROW]),
        data_collator=Collator(0),
        callbacks=[EarlyStoppingCallback(config.patience)],
        weights=config.loss,
        head_factor=config.head_learning_rate_factor,
        score=lambda: {"argument_f1": next(given)},
    )


def test_heads_learn_faster_and_only_matrices_decay(tmp_path: Path, ontology: Ontology) -> None:
    tagging = trainer(tmp_path, ontology, [], "trainer.weight_decay=0.1", "head_learning_rate_factor=5")
    rate = tagging.args.learning_rate
    settings = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in tagging.create_optimizer().param_groups
        for parameter in group["params"]
    }
    named = {name: settings[id(parameter)] for name, parameter in tagging.joint.named_parameters()}
    assert len(settings) == len(named), "every weight is learned"
    assert named["encoder.encoder.layer.0.output.dense.weight"] == (rate, 0.1)
    assert named["encoder.encoder.layer.0.output.dense.bias"] == (rate, 0.0)
    assert named["encoder.embeddings.LayerNorm.weight"] == (rate, 0.0)
    assert named["trigger_head.weight"] == (5 * rate, 0.1)
    assert named["argument_head.output.bias"] == (5 * rate, 0.0)


def test_training_stops_when_dev_gets_no_better_and_keeps_the_best(tmp_path: Path, ontology: Ontology) -> None:
    steps = ("trainer.max_steps=20", "trainer.eval_steps=1", "trainer.save_steps=1", "patience=2")
    tagging = trainer(tmp_path, ontology, [0.1, 0.5, 0.4, 0.3, 0.2], *steps)
    tagging.train()
    assert tagging.state.global_step == 4
    assert tagging.state.best_metric == 0.5
    assert str(tagging.state.best_model_checkpoint).endswith("checkpoint-2")


def test_patience_goes_on_where_a_stopped_run_left_it(tmp_path: Path, ontology: Ontology) -> None:
    steps = ("trainer.eval_steps=1", "trainer.save_steps=1", "patience=2")
    trainer(tmp_path, ontology, [0.5, 0.4], "trainer.max_steps=2", *steps).train()
    second = trainer(tmp_path, ontology, [0.3, 0.2, 0.1], "trainer.max_steps=20", *steps)
    second.train(resume_from_checkpoint=True)
    assert second.state.global_step == 3


def test_accumulated_batches_learn_what_one_large_batch_learns(
    tmp_path: Path, ontology: Ontology, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Dropout would draw differently for four batches than for one.
    monkeypatch.setattr(JointModel, "train", lambda model, mode=True: torch.nn.Module.train(model, False))
    steps = (
        "trainer.max_steps=1",
        "trainer.eval_steps=1",
        "trainer.save_steps=1",
        "trainer.lr_scheduler_type=constant",
    )
    learned = []
    for batch, accumulated in ((8, 1), (2, 4)):
        sizes = (f"trainer.per_device_train_batch_size={batch}", f"trainer.gradient_accumulation_steps={accumulated}")
        tagging = trainer(tmp_path / str(batch), ontology, [0.0], *steps, *sizes)
        tagging.train()
        learned.append(tagging.joint.trigger_head.weight.detach().clone())
    assert not torch.allclose(learned[0], trainer(tmp_path / "0", ontology, []).joint.trigger_head.weight)
    assert torch.allclose(learned[0], learned[1], atol=1e-5)


def test_two_passes_are_compared_while_a_model_learns_and_only_then(tmp_path: Path, ontology: Ontology) -> None:
    tagging = trainer(tmp_path, ontology, [], "loss.consistency=0.5", "trainer.use_cpu=true")
    batch = Collator(0)([ROW] * 2)
    passes: list[Scores] = []
    tagging.joint.register_forward_hook(lambda model, given, scores: passes.append(scores))
    loss = tagging.compute_loss(tagging.joint.train(), batch)
    one, other = passes
    assert not torch.equal(one.triggers, other.triggers), "dropout"
    weights = tagging._weights
    expected = sum(joint_loss(scores, batch, weights) for scores in passes) / 2
    torch.testing.assert_close(loss, expected + 0.5 * disagreement(one, other, batch, weights))
    passes.clear()
    torch.testing.assert_close(tagging.compute_loss(tagging.joint.eval(), batch), joint_loss(passes[0], batch, weights))
    assert len(passes) == 1


def test_passes_that_agree_pull_at_nothing_and_others_at_each_other(tmp_path: Path, ontology: Ontology) -> None:
    tagging = trainer(tmp_path, ontology, [], "trainer.use_cpu=true")
    batch = Collator(0)([ROW] * 2)
    inputs = [batch[name] for name in INPUTS]

    def pull(one: Scores, other: Scores) -> float:
        (gradient,) = torch.autograd.grad(
            disagreement(one, other, batch, LossConfig()), tagging.joint.trigger_head.weight, retain_graph=True
        )
        return float(gradient.norm())

    sure = tagging.joint.eval()(*inputs)
    first, second = (tagging.joint.train()(*inputs) for _ in range(2))
    assert pull(sure, sure) < 1e-5 < 1e-2 * pull(first, second)


def test_a_step_in_bf16_is_taken(tmp_path: Path, ontology: Ontology) -> None:
    steps = ("trainer.max_steps=1", "trainer.eval_steps=1", "trainer.save_steps=1")
    half = () if torch.cuda.is_available() else ("trainer.use_cpu=true",)
    tagging = trainer(tmp_path, ontology, [0.0], *steps, "trainer.bf16=true", *half)
    assert tagging.accelerator.mixed_precision == "bf16"
    tagging.train()
    assert tagging.state.global_step == 1
