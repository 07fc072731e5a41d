"""The commands of the Makefile, in a folder whose name a shell would cut."""

import os
import shutil
import subprocess
from pathlib import Path

from pipelines.settings import ROOT


def test_the_interface_opens_in_a_folder_whose_name_has_an_apostrophe_and_spaces(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "l'été d'avant"
    environment = folder / ".venv"
    (environment / "bin").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    (environment / ".run").touch()
    opened = environment / "bin" / "dagster"
    opened.write_text("#!/bin/sh\necho ouverte\n", "utf-8")
    opened.chmod(0o755)
    there = {path.name for path in folder.iterdir()}
    own = {name: value for name, value in os.environ.items() if "OBSERVATOIRE" not in name}
    done = subprocess.run(
        ["make", "--no-print-directory", "ui"],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "ouverte\n"), done.stderr
    assert {path.name for path in folder.iterdir()} - there == {".dagster"}
