"""The evaluation on a console, and as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from .bootstrap import Estimate, Score
from .metrics import DEFINITIONS, Evaluation
from .sequences import LabelScore, SequenceScore

_WIDTH = 14


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as a tree that `json` can write, with the definitions of its figures."""
    return {"definitions": dict(DEFINITIONS), **asdict(evaluation)}


def format_table(
    evaluation: Evaluation, uncut: Evaluation | None = None, uncalibrated: Evaluation | None = None
) -> str:
    """The evaluation as plain text: figures, their 95% intervals and counts, then what each figure means.

    The other two add their calibration errors, see `states`.
    """
    modality = evaluation.modality
    blocks = [
        [
            f"{evaluation.documents} documents; 95% intervals by bootstrap over documents "
            f"({evaluation.samples} samples, seed {evaluation.seed})"
        ],
        _scores("", headline(evaluation)),
        _scores("type (Trig-C)", by_gold(evaluation.types)),
        _scores("role (Arg-C)", by_gold(evaluation.roles)),
        _scores("modality", by_gold(modality.labels)),
        [
            f"{'macro-F1':{_WIDTH}}{_estimate(modality.macro_f1)}",
            f"{'accuracy':{_WIDTH}}{_estimate(modality.accuracy)}",
            *(line for state in states(evaluation, uncut, uncalibrated) for line in _calibration_errors(*state)),
        ],
        _sequences("seqeval triggers", evaluation.trigger_sequences),
        _sequences("seqeval arguments of right triggers", evaluation.argument_sequences),
        [f"{name}: {meaning}." for name, meaning in DEFINITIONS.items()],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def headline(evaluation: Evaluation) -> list[tuple[str, Score]]:
    """The four figures that the field compares, by the names in `DEFINITIONS`."""
    scores = (evaluation.trig_i, evaluation.trig_c, evaluation.arg_i, evaluation.arg_c)
    return list(zip(("Trig-I", "Trig-C", "Arg-I", "Arg-C"), scores, strict=True))


def states(
    evaluation: Evaluation, uncut: Evaluation | None, uncalibrated: Evaluation | None
) -> list[tuple[str, Evaluation]]:
    """The states of a model whose calibration is compared, each by its name: as it is used, under its calibration but
    no threshold, and without calibration."""
    others = (("nothing left out", uncut), ("nothing left out, before calibration", uncalibrated))
    return [("", evaluation), *((name, each) for name, each in others if each)]


def by_gold(scores: Mapping[str, Score]) -> list[tuple[str, Score]]:
    """The labels that occur on either side, the most frequent in gold first."""
    present = [(name, score) for name, score in scores.items() if score.counts.gold or score.counts.predicted]
    return sorted(present, key=lambda row: -row[1].counts.gold)


def _scores(title: str, rows: Iterable[tuple[str, Score]]) -> list[str]:
    columns = "".join(f"{name:21}" for name in ("precision", "recall", "F1"))
    lines = [f"{title:{_WIDTH}}{columns}right  predicted  gold"]
    for name, score in rows:
        rates = "  ".join(map(_estimate, (score.precision, score.recall, score.f1)))
        counts = score.counts
        lines.append(f"{name:{_WIDTH}}{rates}  {counts.right:5}  {counts.predicted:9}  {counts.gold:4}")
    return lines


def _calibration_errors(state: str, evaluation: Evaluation) -> list[str]:
    return [
        f"{'ECE ' + name:{_WIDTH}}{found.ece:.3f} (chance {found.chance:.3f}){f' {state}' if state else ''}"
        for name, found in evaluation.reliabilities.items()
    ]


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} {estimate.interval:11}"


def _sequences(title: str, score: SequenceScore) -> list[str]:
    rows = [("all", score.micro), *sorted(score.labels.items(), key=lambda row: -row[1].support)]
    lost = (
        f"{score.sequences} sequences; spans that IOB2 could not hold: "
        f"{score.gold_left_out} gold, {score.predicted_left_out} predicted"
    )
    return [title, lost, f"{'':{_WIDTH}}precision  recall  F1     gold", *(_label(*row) for row in rows)]


def _label(name: str, score: LabelScore) -> str:
    return f"{name:{_WIDTH}}{score.precision:<11.3f}{score.recall:<8.3f}{score.f1:<7.3f}{score.support}"
