"""Use a model: `predict(text)` returns the events of an Arabic text."""

from hadath.schema import Argument, Document, Event, Span

from .api import predict, predict_batch

__all__ = ["Argument", "Document", "Event", "Span", "predict", "predict_batch"]
