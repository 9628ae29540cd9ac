"""The figures for each value of a field that the documents carry in `meta`, such as region, style or outlet."""

from collections.abc import Sequence
from dataclasses import dataclass

from hadath.errors import DataError
from hadath.ontology import Ontology
from hadath.schema import Document

from .bootstrap import Estimate
from .metrics import Evaluation, evaluate

_NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Group:
    """The documents with one value of the field; "(none)" for those without it."""

    value: str
    evaluation: Evaluation


def check_field(field: str, documents: Sequence[Document]) -> None:
    """Raise DataError, with the fields that there are, if no document has this one."""
    known = sorted({key for document in documents for key in document.meta})
    if field not in known:
        had = f"they have {', '.join(known)}" if known else "they have no fields beside id and text"
        raise DataError(f"no document has the field {field!r}; {had}")


def groups(field: str, gold: Sequence[Document], predicted: Sequence[Document], ontology: Ontology) -> list[Group]:
    """Those with the most documents first."""
    places: dict[str, list[int]] = {}
    for place, document in enumerate(gold):
        places.setdefault(str(document.meta.get(field, _NONE)), []).append(place)
    return [
        Group(value, evaluate([gold[i] for i in chosen], [predicted[i] for i in chosen], ontology))
        for value, chosen in sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def format_groups(field: str, found: Sequence[Group]) -> str:
    """A Markdown table of F1s with their intervals."""
    lines = [f"| {field} | documents | Trig-C | Arg-C | modality |", "|---|--:|--:|--:|--:|"]
    for group in found:
        cells = [f"{each.value:.3f} ({each.interval})" for each in estimates(group)]
        lines.append(f"| {group.value.replace('|', '&#124;')} | {group.evaluation.documents} | {' | '.join(cells)} |")
    return "\n".join(lines)


def estimates(group: Group) -> tuple[Estimate, Estimate, Estimate]:
    """The F1s of triggers with type, of attached arguments with role, and of modality."""
    evaluation = group.evaluation
    return evaluation.trig_c.f1, evaluation.arg_c.f1, evaluation.modality.macro_f1
