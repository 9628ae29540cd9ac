"""`python -m training evaluate BUNDLE DATA…`: what a bundle scores on annotated documents."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hadath.bundle import Bundle
from hadath.bundle import record as keep_figures
from hadath.calibration import Calibration
from hadath.tagger import Tagger

from .card import recorded_figures
from .data.corpus import load_documents
from .evaluation import CurvePoint, Evaluation, evaluate, format_table, to_json, write_report
from .evaluation.groups import check_field, format_groups, groups
from .evaluation.robustness import format_robustness, robustness
from .thresholds import above


def evaluate_bundle(
    bundle: Path,
    data: Sequence[Path],
    *,
    report: Path | None = None,
    json_file: Path | None = None,
    record: str | None = None,
    altered: bool = False,
    by: str | None = None,
) -> Evaluation:
    """Tag the documents, compare, print the table; write what is asked for.

    `record` keeps the figures in the bundle's manifest under that name. `altered` adds what the bundle scores on the
    documents when they are typed in other ways, `by` what it scores on those with each value of that field of `meta`.
    """
    for file in filter(None, (report, json_file)):
        file.parent.mkdir(parents=True, exist_ok=True)  # before the work: what cannot be written should cost none
    tagger = Tagger.load(bundle)
    gold = load_documents(data, tagger.ontology)
    if by:
        check_field(by, gold)
    thresholds = tagger.calibration.thresholds
    everything = list(tagger.under(replace(tagger.calibration, thresholds={})).tag_all(gold))
    predicted = [above(document, thresholds) for document in everything]
    evaluation = evaluate(gold, predicted, tagger.ontology)
    uncut = evaluate(gold, everything, tagger.ontology, samples=1)
    uncalibrated = evaluate(gold, list(tagger.under(Calibration()).tag_all(gold)), tagger.ontology, samples=1)
    parts = groups(by, gold, predicted, tagger.ontology) if by else []
    others = list(robustness(gold, tagger.tag_all, tagger.ontology)) if altered else []
    print(format_table(evaluation, uncut, uncalibrated))
    if others:
        print(f"\n{format_robustness(others)}")
    if by:
        print(f"\n{format_groups(by, parts)}")
    if record:
        keep_figures(bundle, record, recorded_figures(evaluation, uncut, uncalibrated))
    if json_file:
        json_file.write_text(json.dumps(to_json(evaluation), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if report:
        manifest = Bundle.open(bundle).manifest
        write_report(
            evaluation,
            gold,
            predicted,
            report,
            title=f"{manifest.name} on {', '.join(map(str, data))}",
            curves=[CurvePoint(**point) for point in manifest.metrics.get("curves", ())],
            uncut=uncut,
            uncalibrated=uncalibrated,
            altered=others,
            parts=parts,
        )
    return evaluation
