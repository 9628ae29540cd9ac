"""Finished runs side by side, as a Markdown table: what their configs differ in, and what that did to the dev figures.

Runs that differ in nothing but the seed make one row: the mean of their figures, and the standard deviation over them.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hadath.errors import DataError

from .config import Config
from .run import Result, load_result

# What tells runs apart and does nothing to their figures.
_NAMES = ("name", "output", "seed")
_FIGURES = {"trigger_f1": "triggers", "argument_f1": "arguments", "modality_f1": "modality"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Runs of one config but for their seeds. `settings`: where it differs from the first row's, as overrides."""

    settings: Mapping[str, Any]
    seeds: tuple[int, ...]
    metrics: tuple[Mapping[str, float], ...]
    seconds: tuple[float, ...]


def run(folders: Sequence[Path]) -> int:
    """Print the table; 0 for the command line."""
    print(format_rows(compare(folders)))
    return 0


def compare(folders: Sequence[Path]) -> list[Row]:
    """The rows of finished runs, in the order given; the first is what the others are compared with.

    Raises DataError for a folder without a finished run, and where the dev documents are not the same.
    """
    runs = [load_result(folder) for folder in folders]
    _refuse_other_dev(folders, [result for _, result in runs])
    groups: dict[str, list[tuple[Config, Result]]] = {}
    for config, result in runs:
        groups.setdefault(replace(config, name="", output="", seed=0).to_yaml(), []).append((config, result))
    reference = _settings(runs[0][0])
    return [
        Row(
            settings=_difference(reference, _settings(same[0][0])),
            seeds=tuple(config.seed for config, _ in same),
            metrics=tuple(result.metrics for _, result in same),
            seconds=tuple(result.seconds for _, result in same),
        )
        for same in groups.values()
    ]


def format_rows(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; differences are to the means of the first row."""
    header = ["config", "seeds", *(name for label in _FIGURES.values() for name in (label, "Δ")), "seconds"]
    lines = [f"| {' | '.join(header)} |", f"|---|---|{'--:|' * (len(header) - 2)}"]
    first = {key: _mean(rows[0], key) for key in _FIGURES}
    for row in rows:
        cells = [_described(row), ", ".join(map(str, row.seeds))]
        for key in _FIGURES:
            cells += [_figure(row, key), f"{_mean(row, key) - first[key]:+.3f}" if row is not rows[0] else ""]
        lines.append(f"| {' | '.join([*cells, f'{statistics.mean(row.seconds):,.0f}'])} |")
    return "\n".join(lines)


def _refuse_other_dev(folders: Sequence[Path], results: Sequence[Result]) -> None:
    for folder, result in zip(folders, results, strict=True):
        if result.data["dev_sha256"] != results[0].data["dev_sha256"]:
            raise DataError(
                f"{folder} was scored on other dev documents than {folders[0]}: their figures cannot be compared; "
                "name the same data.train, data.dev_from, data.dev_fraction, data.fold and data.split_seed"
            )


def _settings(config: Config) -> dict[str, Any]:
    """The leaves of a config by their dotted keys."""
    return {key: value for key, value in _leaves(asdict(config)) if key not in _NAMES}


def _leaves(tree: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found += _leaves(value, f"{above}{key}.")
        else:
            found.append((f"{above}{key}", list(value) if isinstance(value, tuple) else value))
    return found


def _difference(reference: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    keys = dict.fromkeys([*reference, *other])
    return {key: other.get(key) for key in keys if reference.get(key) != other.get(key)}


def _described(row: Row) -> str:
    # JSON is YAML, which overrides are written in.
    plain = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in row.settings.items())
    return "<br>".join(f"`{each}`" for each in plain) or "(the first)"


def _figure(row: Row, key: str) -> str:
    values = [metrics[key] for metrics in row.metrics]
    spread = f" (sd {statistics.stdev(values):.3f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def _mean(row: Row, key: str) -> float:
    return statistics.mean(metrics[key] for metrics in row.metrics)
