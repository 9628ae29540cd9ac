"""Learning curves as the points of SVG polylines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 440, 200
_TICKS = 4


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One measurement during training. Names that hold "loss" share one chart, all others another."""

    step: int
    epoch: float
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: `points` as SVG wants them, in a box of WIDTH by HEIGHT with y downwards."""

    name: str
    points: str
    last: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, at `place` pixels from its origin."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over epochs on common axes that start at 0."""

    title: str
    lines: tuple[Line, ...]
    epochs: tuple[Tick, ...]
    values: tuple[Tick, ...]


def learning_curves(points: Sequence[CurvePoint]) -> list[Chart]:
    """A chart of the losses and a chart of the rest; one without points is left out."""
    losses = [point for point in points if "loss" in point.name.lower()]
    rest = [point for point in points if "loss" not in point.name.lower()]
    charts = []
    if losses:
        charts.append(_chart("Loss", losses, max(point.value for point in losses)))
    if rest:
        charts.append(_chart("Dev figures", rest, max(1.0, *(point.value for point in rest))))
    return charts


def _chart(title: str, points: Sequence[CurvePoint], top: float) -> Chart:
    top = top if top > 0 else 1.0
    end = max(point.epoch for point in points) or 1.0
    curves: defaultdict[str, list[CurvePoint]] = defaultdict(list)
    for point in sorted(points, key=lambda point: point.step):
        curves[point.name].append(point)
    return Chart(
        title=title,
        lines=tuple(
            Line(
                name=name,
                points=" ".join(f"{WIDTH * p.epoch / end:.1f},{HEIGHT * (1 - p.value / top):.1f}" for p in curve),
                last=curve[-1].value,
            )
            for name, curve in curves.items()
        ),
        epochs=_ticks(end, WIDTH),
        values=_ticks(top, HEIGHT),
    )


def _ticks(top: float, length: int) -> tuple[Tick, ...]:
    return tuple(Tick(length * i / _TICKS, f"{top * i / _TICKS:.3g}") for i in range(_TICKS + 1))
