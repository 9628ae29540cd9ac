"""Batch jobs: any number of articles in, parts of rows out, and every record accounted for.

A job is cut into units of records (`plan`). A worker turns a unit into one part (`work`), which `engine_local` or
`engine_ray` hands out; what a unit gives depends on nothing but the unit, so parts can be made in any order, anywhere,
and again.
"""
