"""The observatory's pipeline: files in `sources/`, a checked DuckDB file out.

Data flow one way: sources → ingest → contracts → build file → dbt → contracts → publish.
`definitions.py` is the table of contents.
"""
