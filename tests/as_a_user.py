"""Run `pipelines.refresh` as a user has it: without pandas, which a dependency of the tests brings.

It would come with other packages' optional parts and cost two seconds, and code that needs it by
accident would go unseen.
"""

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class WithoutPandas(PathFinder):
    """The finder of installed modules, but for pandas."""

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        return None if fullname == "pandas" else super().find_spec(fullname, path, target)


if __name__ == "__main__":
    sys.meta_path[:] = [
        WithoutPandas if finder is PathFinder else finder for finder in sys.meta_path
    ]
    runpy.run_module("pipelines.refresh", run_name="__main__")
