"""Published layout in, typed frame out: one module per publisher, declarations only.

`layouts.py` reads, `dataset.py` holds a data set to its contract and loads it, `assets.py` makes
the Dagster assets of all of them.
"""
