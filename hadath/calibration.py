"""What turns a model's scores into probabilities and decisions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from hadath.errors import BundleError, ScoreError
from hadath.ontology import Ontology

# The least score of everything, or of single event types and roles by name.
MinScore = float | Mapping[str, float]
# Log-odds of 0 and 1 are infinite.
_EDGE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreMap:
    """A span's score to the probability that the span is right: a line in log-odds (Platt, 1999)."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, score: float) -> float:
        """A probability; higher scores never become lower ones."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return score
        odds = min(max(score, _EDGE), 1 - _EDGE)
        return 1 / (1 + math.exp(-self.slope * math.log(odds / (1 - odds)) - self.offset))


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Temperatures divide the logits of the three kinds of decision; the maps then judge whole spans.

    `triggers` maps a trigger's score, `arguments` that of an argument whose trigger is right. `thresholds`: by event
    type or role, the probability under which a trigger or an argument is left out; 0 for what is not named.
    """

    trigger_temperature: float = 1.0
    argument_temperature: float = 1.0
    modality_temperature: float = 1.0
    triggers: ScoreMap = ScoreMap()
    arguments: ScoreMap = ScoreMap()
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        above_0 = {name: value for name, value in values.items() if name.endswith("temperature")}
        for name, value in {**above_0, "triggers": self.triggers.slope, "arguments": self.arguments.slope}.items():
            if not value > 0:
                raise BundleError(f"calibration: {name} is {value}, expected a number above 0")
        for name, value in self.thresholds.items():
            if not 0 <= value <= 1:
                raise BundleError(f"calibration: the threshold of {name} is {value}, expected a number from 0 to 1")


def least_scores(min_score: MinScore | None, ontology: Ontology) -> dict[str, float]:
    """The least score of each event type and role for which one is asked.

    Raises TypeError for what is no number, ScoreError for a number that is no probability and for an unknown name.
    """
    if min_score is None:
        return {}
    known = (*ontology.trigger_labels.classes, *ontology.roles)
    asked = dict(min_score) if isinstance(min_score, Mapping) else dict.fromkeys(known, min_score)
    for name, value in asked.items():
        if name not in known:
            raise ScoreError(
                f"min_score names {name!r}, neither an event type nor a role; known are {', '.join(known)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"min_score should be a number from 0 to 1, got {type(value).__name__}")
        if not 0 <= value <= 1:
            raise ScoreError(f"min_score should be a number from 0 to 1, got {value}")
    return asked
