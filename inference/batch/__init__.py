"""Batch jobs: any number of articles in, parts of rows out, and every record accounted for.

A job is cut into units of records (`plan`), which `local` or `cluster` hands to workers. A worker turns a unit into
one part (`work`); what a unit gives depends on nothing but the unit, so parts can be made in any order, anywhere, and
again.
"""
