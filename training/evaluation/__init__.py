"""How good a model is: strict figures with intervals, a console table, and an HTML report."""

from .charts import CurvePoint
from .metrics import Evaluation, evaluate
from .report import write_report
from .table import format_table, to_json

__all__ = ["CurvePoint", "Evaluation", "evaluate", "format_table", "to_json", "write_report"]
