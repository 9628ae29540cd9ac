"""`python -m training evaluate BUNDLE DATA…`: what a bundle scores on annotated documents."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hadath.bundle import Bundle
from hadath.bundle import record as keep_figures
from hadath.tagger import Tagger

from .data.corpus import load_documents
from .evaluation import CurvePoint, Evaluation, evaluate, format_table, to_json, write_report
from .evaluation.robustness import format_robustness, robustness


def evaluate_bundle(
    bundle: Path,
    data: Sequence[Path],
    *,
    report: Path | None = None,
    json_file: Path | None = None,
    record: str | None = None,
    altered: bool = False,
) -> Evaluation:
    """Tag the documents, compare, print the table; write what is asked for.

    `record` keeps the headline figures in the bundle's manifest under that name. `altered` prints a second table, of
    what the bundle scores on the documents when they are typed in other ways.
    """
    tagger = Tagger.load(bundle)
    gold = load_documents(data, tagger.ontology)
    predicted = list(tagger.tag_all(gold))
    evaluation = evaluate(gold, predicted, tagger.ontology)
    print(format_table(evaluation))
    manifest = Bundle.open(bundle).manifest
    if json_file:
        json_file.write_text(json.dumps(to_json(evaluation), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if report:
        curves = [CurvePoint(**point) for point in manifest.metrics.get("curves", ())]
        title = f"{manifest.name} on {', '.join(map(str, data))}"
        write_report(evaluation, gold, predicted, report, title=title, curves=curves)
    if record:
        keep_figures(bundle, record, headline(evaluation))
    if altered:
        print(f"\n{format_robustness(list(robustness(gold, tagger.tag_all, tagger.ontology)))}")
    return evaluation


def headline(evaluation: Evaluation) -> dict[str, Any]:
    """The figures that a bundle carries: value and 95% interval."""
    figures = {
        "trigger_identification_f1": evaluation.trig_i.f1,
        "trigger_f1": evaluation.trig_c.f1,
        "argument_identification_f1": evaluation.arg_i.f1,
        "argument_f1": evaluation.arg_c.f1,
        "modality_f1": evaluation.modality.macro_f1,
    }
    return {
        "documents": evaluation.documents,
        **{name: [round(each.value, 4), round(each.low, 4), round(each.high, 4)] for name, each in figures.items()},
        "trigger_ece": round(evaluation.trigger_reliability.ece, 4),
        "argument_ece": round(evaluation.argument_reliability.ece, 4),
    }
