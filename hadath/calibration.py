"""What turns a model's scores into probabilities and decisions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from hadath.errors import BundleError, ScoreError
from hadath.ontology import Ontology

# The least score of everything, or of single event types and roles by name.
MinScore = float | Mapping[str, float]
# Log-odds of 0 and 1 are infinite: scores stay so far from them.
EDGE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreMap:
    """A span's score to the probability that the span is right: a line in log-odds (Platt, 1999)."""

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.slope < math.inf and math.isfinite(self.offset)):
            raise BundleError(
                f"calibration: a map has the slope {self.slope} and the offset {self.offset}, "
                "expected a slope above 0 and two finite numbers"
            )

    def __call__(self, score: float) -> float:
        """A probability; higher scores never become lower ones."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return score
        clear = min(max(score, EDGE), 1 - EDGE)
        # The logistic function in a form that no slope overflows.
        return (1 + math.tanh((self.slope * math.log(clear / (1 - clear)) + self.offset) / 2)) / 2


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Temperatures divide the logits of the three kinds of decision, that of arguments the transitions of their labels
    too; the maps then judge whole spans.

    `argument_map` is for arguments whose trigger is right. `thresholds`: by event type or role, the probability under
    which a trigger or an argument is left out; 0 for what is not named.
    """

    trigger_temperature: float = 1.0
    argument_temperature: float = 1.0
    modality_temperature: float = 1.0
    trigger_map: ScoreMap = ScoreMap()
    argument_map: ScoreMap = ScoreMap()
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name.endswith("temperature") and not getattr(self, each.name) > 0:
                raise BundleError(f"calibration: {each.name} is {getattr(self, each.name)}, expected a number above 0")
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
        of = f" of {name}" if isinstance(min_score, Mapping) else ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"min_score{of} should be a number from 0 to 1, got {type(value).__name__}")
        if not 0 <= value <= 1:
            raise ScoreError(f"min_score{of} should be a number from 0 to 1, got {value}")
    return asked
