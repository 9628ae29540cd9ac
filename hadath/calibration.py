"""What turns a model's scores into probabilities and decisions."""

from dataclasses import dataclass, fields

from hadath.errors import BundleError


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A temperature per kind of decision, and the probability under which a trigger or an argument is left out."""

    trigger_temperature: float = 1.0
    argument_temperature: float = 1.0
    modality_temperature: float = 1.0
    trigger_threshold: float = 0.0
    argument_threshold: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("temperature") and not value > 0:
                raise BundleError(f"calibration: {field.name} is {value}, expected a number above 0")
            if field.name.endswith("threshold") and not 0 <= value <= 1:
                raise BundleError(f"calibration: {field.name} is {value}, expected a number from 0 to 1")
