"""Finished runs side by side, as a Markdown table: what their configs differ in, and what that did to the dev figures.

Runs that differ in nothing but the seed make one row: the mean of their figures, and the standard deviation over them.
What the code did differently is not seen: runs of two versions of it belong into two tables. F1 is that of
`training.fit.figures`, at its best threshold and uncalibrated; a bundle's is in its manifest.
"""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hadath.errors import DataError

from .config import Config
from .run import Result, load_result

# What tells runs apart without making them different models, and the seed, over which figures are averaged.
_IGNORED = {
    *("name", "output", "seed"),
    *(f"trainer.{key}" for key in ("disable_tqdm", "logging_steps", "report_to", "save_total_limit")),
}
_FIGURES = {"trigger_f1": "triggers", "argument_f1": "arguments", "modality_f1": "modality"}
_UNSET = "not set"


Run = tuple[Config, Result]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Runs that differ in the seed alone. `settings`: where they differ from the first row, by dotted key."""

    settings: Mapping[str, Any]
    runs: Sequence[Run]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the runs, in their order."""
        return tuple(config.seed for config, _ in self.runs)

    def values(self, figure: str) -> list[float]:
        """What the runs have in one figure, in their order."""
        return [result.metrics[figure] for _, result in self.runs]


def run(folders: Sequence[Path]) -> int:
    """Print the table; 0 for the command line."""
    print(format_rows(compare(folders)))
    return 0


def compare(folders: Sequence[Path]) -> list[Row]:
    """The rows of finished runs, in the order given; the first is what the others are compared with.

    Raises DataError for a folder without a finished run or given twice, and where the dev documents are not the same.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise DataError("a run is named twice; name each once")
    runs = [load_result(folder) for folder in folders]
    _refuse_other_dev(folders, [result for _, result in runs])
    groups: list[tuple[Mapping[str, Any], list[Run]]] = []
    for config, result in runs:
        settings = _settings(config, result)
        same = next((members for known, members in groups if known == settings), None)
        if same is None:
            groups.append((settings, [(config, result)]))
        else:
            same.append((config, result))
    reference = groups[0][0]
    return [Row(settings=_difference(reference, settings), runs=members) for settings, members in groups]


def format_rows(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; differences are to the means of the first row."""
    header = ["runs", "settings", "seeds", *(name for label in _FIGURES.values() for name in (label, "Δ")), "seconds"]
    lines = [f"| {' | '.join(header)} |", f"|---|---|---|{'--:|' * (len(header) - 3)}"]
    first = {key: _mean(rows[0], key) for key in _FIGURES}
    for row in rows:
        cells = ["<br>".join(config.name for config, _ in row.runs), _described(row), ", ".join(map(str, row.seeds))]
        for key in _FIGURES:
            cells += [_figure(row, key), f"{_mean(row, key) - first[key]:+.3f}" if row is not rows[0] else ""]
        cells.append(f"{statistics.mean(result.seconds for _, result in row.runs):,.0f}")
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines)


def _refuse_other_dev(folders: Sequence[Path], results: Sequence[Result]) -> None:
    dev = [result.data.get("dev_sha256") for result in results]
    if other := [str(folder) for folder, each in zip(folders, dev, strict=True) if each is None or each != dev[0]]:
        raise DataError(
            f"{', '.join(other)}: scored on other dev documents than {folders[0]}, so they cannot be compared; "
            "give such runs the same data block but for train_share, and train again what was scored before the "
            "annotations changed"
        )


def _settings(config: Config, result: Result) -> dict[str, Any]:
    """The leaves of a config by their dotted keys, the window as it came out, and which documents were learned from."""
    found = {key: value for key, value in _leaves(asdict(config)) if key not in _IGNORED}
    found |= {f"window.{key}": value for key, value in asdict(result.window).items()}
    documents, digest = (result.data.get(key) for key in ("train_documents", "train_sha256"))
    return {**found, "learned from": f"{documents} documents, {str(digest)[:8]}"}


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", list(value) if isinstance(value, tuple) else value


def _difference(reference: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    keys = dict.fromkeys([*reference, *other])
    return {key: other.get(key, _UNSET) for key in keys if reference.get(key, _UNSET) != other.get(key, _UNSET)}


def _described(row: Row) -> str:
    each = (f"{key}: {json.dumps(value, ensure_ascii=False).strip(chr(34))}" for key, value in row.settings.items())
    return "<br>".join(each) or "the first"


def _figure(row: Row, key: str) -> str:
    values = row.values(key)
    spread = f" (sd {statistics.stdev(values):.3f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def _mean(row: Row, key: str) -> float:
    return statistics.mean(row.values(key))
