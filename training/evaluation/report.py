"""The evaluation as one HTML page that needs neither network nor scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from hadath.schema import Document

from . import charts
from .charts import CurvePoint, learning_curves
from .groups import Group, estimates
from .items import pairs
from .metrics import DEFINITIONS, Evaluation
from .mistakes import Mark, Piece, context, mistakes_by_kind, worst
from .robustness import Robustness, differences
from .table import by_gold, headline, states

# Mistakes shown of each kind.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell of the confusion matrix; `share` is its part of the row's sum."""

    count: int
    share: float
    right: bool


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of the confusion matrix: a gold type, or the spurious triggers."""

    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A mistake as the page shows it."""

    document: str
    marks: tuple[Mark, ...]
    quotes: tuple[str, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The worst mistakes of one kind, and how many there are in all."""

    kind: str
    total: int
    shown: tuple[Shown, ...]


def write_report(
    evaluation: Evaluation,
    gold: Sequence[Document],
    predicted: Sequence[Document],
    path: Path | str,
    *,
    title: str,
    curves: Sequence[CurvePoint] = (),
    uncut: Evaluation | None = None,
    uncalibrated: Evaluation | None = None,
    altered: Sequence[Robustness] = (),
    parts: Sequence[Group] = (),
) -> None:
    """Write the page to `path`; `gold` and `predicted` are the documents that were evaluated.

    `uncut` is the evaluation of what the model finds without its thresholds, `uncalibrated` without its calibration as
    well, `altered` that of other spellings, `parts` those of the documents by a field of theirs.
    """
    source = resources.files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    columns, rows = _heat(evaluation)
    page = environment.from_string(source).render(
        title=title,
        evaluation=evaluation,
        definitions=DEFINITIONS,
        headline=headline(evaluation),
        types=by_gold(evaluation.types),
        roles=by_gold(evaluation.roles),
        modalities=by_gold(evaluation.modality.labels),
        columns=columns,
        rows=rows,
        reliabilities=[
            (f"{name.capitalize()}{f', {state}' if state else ''}", found)
            for state, each in states(evaluation, uncut, uncalibrated)
            for name, found in each.reliabilities.items()
        ],
        robustness=[(each.name, differences(each, altered[0])) for each in altered],
        groups=[(each.value, each.evaluation.documents, estimates(each)) for each in parts],
        tradeoffs=(
            ("Triggers", (uncut or evaluation).trigger_curve, evaluation.trig_c),
            ("Arguments", (uncut or evaluation).argument_curve, evaluation.arg_c),
        ),
        sequences=(
            ("Triggers", evaluation.trigger_sequences),
            ("Arguments of right triggers", evaluation.argument_sequences),
        ),
        charts=learning_curves(curves),
        chart_width=charts.WIDTH,
        chart_height=charts.HEIGHT,
        galleries=_galleries(gold, predicted),
    )
    # Half of a surrogate pair, which a text may hold, has no UTF-8.
    Path(path).write_text(page, encoding="utf-8", errors="replace")


def _heat(evaluation: Evaluation) -> tuple[list[str], list[HeatRow]]:
    """The columns and rows of the confusion matrix, of the types that occur."""
    counts = {(cell.gold, cell.predicted): cell.count for cell in evaluation.confusion}
    names: list[str | None] = [name for name in evaluation.types if any(name in pair for pair in counts)]
    rows = []
    for gold in [*names, None]:
        row = [counts.get((gold, predicted), 0) for predicted in [*names, None]]
        whole = sum(row) or 1
        cells = (HeatCell(n, n / whole, gold == predicted) for n, predicted in zip(row, [*names, None], strict=True))
        rows.append(HeatRow(gold or "spurious", tuple(cells)))
    return [name or "missed" for name in [*names, None]], rows


def _galleries(gold: Sequence[Document], predicted: Sequence[Document]) -> list[Gallery]:
    galleries = []
    for kind, found in mistakes_by_kind(pairs(gold, predicted)):
        shown = tuple(
            Shown(
                document=mistake.pair.id,
                marks=mistake.marks,
                quotes=tuple(mistake.pair.text[mark.start : mark.end] for mark in mistake.marks),
                pieces=tuple(context(mistake)),
            )
            for mistake in worst(found, SHOWN)
        )
        galleries.append(Gallery(kind, len(found), shown))
    return galleries
