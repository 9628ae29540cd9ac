"""The model card of a bundle (Mitchell et al., 2019, "Model Cards for Model Reporting").

What only a person can say (use, data, failures, bias, ethics) comes from a file of notes; figures and origin come from
the bundle's manifest, so that they are those of the very model.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hadath.bundle import CARD_FILE, Bundle, Manifest
from hadath.calibration import ScoreMap
from hadath.errors import DataError

from .evaluation import Evaluation
from .evaluation.bootstrap import Estimate, Score
from .evaluation.table import by_gold, headline, states

_HEADLINE = "headline"
_GROUPS = {_HEADLINE: "all", "types": "event type (Trig-C)", "roles": "role (Arg-C)", "modalities": "modality"}


def recorded_figures(evaluation: Evaluation, uncut: Evaluation, uncalibrated: Evaluation) -> dict[str, Any]:
    """What a manifest keeps of an evaluation: of each group of figures F1 with its 95% interval, precision, recall and
    the gold count; and the calibration errors in all `states`."""
    modality = evaluation.modality
    macro = {**_rounded(modality.macro_f1), "precision": None, "recall": None}
    return {
        "documents": evaluation.documents,
        _HEADLINE: {
            **{name: _score(score) for name, score in headline(evaluation)},
            "Modality": {**macro, "gold": evaluation.trig_c.counts.right},
        },
        "types": {name: _score(score) for name, score in by_gold(evaluation.types)},
        "roles": {name: _score(score) for name, score in by_gold(evaluation.roles)},
        "modalities": {name: _score(score) for name, score in by_gold(modality.labels)},
        "calibration_errors": {
            state or "as used": {
                name: {"error": _round(found.ece), "by_chance": _round(found.chance)}
                for name, found in each.reliabilities.items()
            }
            for state, each in states(evaluation, uncut, uncalibrated)
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
    try:
        text = card(Bundle.open(bundle).manifest, written)
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{bundle}: its figures are of an earlier hadath ({error}); record them, or export again"
        ) from error
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
            "Strict F1 with its 95% interval (bootstrap over documents, from five documents on), precision, recall, "
            "and how many there are in gold: where these are few, an interval says little, one of no width nothing. "
            "`python -m training evaluate BUNDLE DATA --record NAME` puts the figures here and says what each means.",
            *(line for name, found in recorded.items() for line in _tables(name, found)),
            "",
            "## Origin",
            "",
            *_origin(manifest),
            "",
        ]
    )


def _tables(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    count = found["documents"]
    yield from ("", f"### {name} ({count} document{'s' if count > 1 else ''})")
    for group, title in _GROUPS.items():
        yield from ("", f"| {title} | F1 | 95% | precision | recall | gold |", "|---|--:|:-:|--:|--:|--:|")
        for label, each in found[group].items():
            estimate = Estimate(each["f1"], each["low"], each["high"])
            rates = " | ".join("–" if each[rate] is None else f"{each[rate]:.3f}" for rate in ("precision", "recall"))
            yield f"| {label} | {estimate.value:.3f} | {estimate.interval} | {rates} | {each['gold']} |"
    errors = found["calibration_errors"]
    kinds = list(errors["as used"])
    yield from ("", f"| calibration error (chance) | {' | '.join(kinds)} |", f"|---|{'--:|' * len(kinds)}")
    for state, each in errors.items():
        yield f"| {state} | {' | '.join(_error(each[kind]) for kind in kinds)} |"


def _error(found: Mapping[str, float]) -> str:
    return f"{found['error']:.3f} ({found['by_chance']:.3f})"


def _origin(manifest: Manifest) -> Iterator[str]:
    data, calibration, distilled = manifest.origin["data"], manifest.calibration, manifest.origin["distilled"]
    yield f"* Encoder: {manifest.encoder}; windows of {manifest.window.max_length} sub-words."
    if distilled["layers"]:
        yield f"* Of the encoder, the layers {', '.join(map(str, distilled['layers']))}, counted from 0."
    if distilled["teachers"]:
        yield f"* Taught by the answers of finished models ({distilled['teachers']}) as well as by the annotation."
    yield f"* Trained on {data['train_documents']} documents (sha256 {data['train_sha256'][:16]}…), chosen and"
    yield f"  calibrated on {data['dev_documents']} others (sha256 {data['dev_sha256'][:16]}…)."
    yield (
        f"* Config: sha256 {manifest.origin['config_sha256'][:16]}…; hadath {manifest.origin['hadath']}, "
        + ", ".join(f"{name} {version}" for name, version in manifest.origin["versions"].items())
    )
    yield (
        f"* Temperatures: triggers {calibration.trigger_temperature}, arguments {calibration.argument_temperature}, "
        f"modality {calibration.modality_temperature}. Scores then mapped by a line in log-odds (slope and offset): "
        f"triggers {_line(calibration.trigger_map)}, arguments {_line(calibration.argument_map)}."
    )
    names = defaultdict(list)
    for name, threshold in calibration.thresholds.items():
        names[threshold].append(name)
    groups = (f"{each:.2f} {', '.join(names[each])}" for each in sorted(names))
    yield f"* Thresholds: {'; '.join(groups) or 'none'}."
    shipped, plain = manifest.metrics["dev"]["bundle"], manifest.metrics["dev"]["float32"]
    yield "* F1 on those others, each fifth under the thresholds of the rest, as shipped and in float32: " + ", ".join(
        f"{name.removesuffix('_f1')} {shipped[name]:.3f} and {plain[name]:.3f}" for name in shipped
    )


def _line(found: ScoreMap) -> str:
    return f"{found.slope} and {found.offset}"


def _score(score: Score) -> dict[str, float | None]:
    rates = {"precision": _round(score.precision.value), "recall": _round(score.recall.value)}
    return {**_rounded(score.f1), **rates, "gold": score.counts.gold}


def _rounded(estimate: Estimate) -> dict[str, float | None]:
    return {"f1": _round(estimate.value), "low": _round(estimate.low), "high": _round(estimate.high)}


def _round(value: float | None) -> float | None:
    """To more places than are shown, so that nothing is rounded twice to another figure."""
    return None if value is None else round(value, 6)
