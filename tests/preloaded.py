"""The definitions, but for the schedules: what the processes forked in `tests/faults.py` share.

To read the calendar starts the threads of polars, and what is forked beside threads may hang.
"""

from importlib import import_module

import pytest

with pytest.MonkeyPatch.context() as patch:
    patch.setattr("pipelines.schedules.committees", dict)
    import_module("pipelines.definitions")
