"""The model card of a bundle (Mitchell et al., 2019, "Model Cards for Model Reporting").

What only a person can say (use, data, failures, bias, ethics) comes from a file of notes; figures and origin come from
the bundle's manifest, so that they are those of the very model.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hadath.bundle import CARD_FILE, Bundle, Manifest
from hadath.errors import DataError

from .evaluation import Evaluation
from .evaluation.bootstrap import Estimate, Score
from .evaluation.table import by_gold, headline

_HEADLINE = "headline"
_GROUPS = {_HEADLINE: "all", "types": "event type (Trig-C)", "roles": "role (Arg-C)", "modalities": "modality"}


def recorded_figures(evaluation: Evaluation) -> dict[str, Any]:
    """What a manifest keeps of an evaluation: of each group of F1s the value, its 95% interval and the gold count."""
    modality = evaluation.modality
    return {
        "documents": evaluation.documents,
        _HEADLINE: {
            **{name: _score(score) for name, score in headline(evaluation)},
            "Modality": [*_rounded(modality.macro_f1), evaluation.trig_c.counts.gold],
        },
        "types": {name: _score(score) for name, score in by_gold(evaluation.types)},
        "roles": {name: _score(score) for name, score in by_gold(evaluation.roles)},
        "modalities": {name: _score(score) for name, score in by_gold(modality.labels)},
        "calibration_error": {
            "triggers": round(evaluation.trigger_reliability.ece, 4),
            "arguments": round(evaluation.argument_reliability.ece, 4),
        },
        "calibration_error_by_chance": {
            "triggers": round(evaluation.trigger_reliability.chance, 4),
            "arguments": round(evaluation.argument_reliability.chance, 4),
        },
    }


def write_card(bundle: Path, notes: Path, copy: Path | None = None) -> Path:
    """Write the card into the bundle, and also to `copy`; returns the one in the bundle.

    Raises BundleError, and DataError for notes that cannot be read.
    """
    try:
        written = notes.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{notes}: cannot read the notes ({error})") from error
    text = card(Bundle.open(bundle).manifest, written)
    for path in (bundle / CARD_FILE, *([copy] if copy else [])):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return bundle / CARD_FILE


def card(manifest: Manifest, notes: str) -> str:
    """The card as Markdown: the notes, then figures and origin."""
    recorded = manifest.metrics.get("evaluations", {})
    return "\n".join(
        [
            f"# Model card: {manifest.name}",
            "",
            notes.strip(),
            "",
            "## Figures",
            "",
            "Strict F1 with its 95% interval (bootstrap over documents), and how many there are in gold. `python -m "
            "training evaluate BUNDLE DATA --record NAME` puts them here; it also says what each means.",
            *(line for name, found in recorded.items() for line in _tables(name, found)),
            "",
            "## Origin",
            "",
            *_origin(manifest),
            "",
        ]
    )


def _tables(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### {name} ({found['documents']} documents)")
    for group, title in _GROUPS.items():
        yield from ("", f"| {title} | F1 | 95% | gold |", "|---|--:|:-:|--:|")
        for label, (value, low, high, gold) in found[group].items():
            yield f"| {label} | {value:.3f} | {low:.3f}–{high:.3f} | {gold} |"
    errors, chance = found["calibration_error"], found["calibration_error_by_chance"]
    yield ""
    yield f"Calibration error: {errors['triggers']:.3f} triggers, {errors['arguments']:.3f} arguments. Scores without"
    yield f"any stay under {chance['triggers']:.3f} and {chance['arguments']:.3f} in 95 of 100 such samples."


def _origin(manifest: Manifest) -> Iterator[str]:
    data, calibration = manifest.origin["data"], manifest.calibration
    yield f"* Encoder: {manifest.encoder}; windows of {manifest.window.max_length} sub-words."
    yield f"* Trained on {data['train_documents']} documents (sha256 {data['train_sha256'][:16]}…), chosen and "
    yield f"  calibrated on {data['dev_documents']} others (sha256 {data['dev_sha256'][:16]}…)."
    yield (
        f"* Config: sha256 {manifest.origin['config_sha256'][:16]}…; hadath {manifest.origin['hadath']}, "
        + ", ".join(f"{name} {version}" for name, version in manifest.origin["versions"].items())
    )
    yield (
        f"* Temperatures: triggers {calibration.trigger_temperature}, arguments {calibration.argument_temperature}, "
        f"modality {calibration.modality_temperature}."
    )
    shipped, plain = manifest.metrics["dev"]["bundle"], manifest.metrics["dev"]["float32"]
    yield "* F1 on those others, as shipped and in float32: " + ", ".join(
        f"{name.removesuffix('_f1')} {shipped[name]:.3f} and {plain[name]:.3f}" for name in shipped
    )


def _score(score: Score) -> list[float]:
    return [*_rounded(score.f1), score.counts.gold]


def _rounded(estimate: Estimate) -> list[float]:
    return [round(each, 4) for each in (estimate.value, estimate.low, estimate.high)]
