"""Annotated documents: their formats, their faults, their split."""
