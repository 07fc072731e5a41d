"""The command `make restore`: what is kept of past publications, and one of them put back.

It goes in by the swap of a publication, under the lock of a refresh: no reader is harmed, and no
refresh is under way. What was in place is kept. The exports are made again from the file.
"""

import argparse
import shutil
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines import archive, lock
from pipelines.archive import Kept
from pipelines.errors import SourceError, writing
from pipelines.recipe import UNKNOWN
from pipelines.settings import history_dir, published_file
from pipelines.swap import replaced

SHOWN = "%d/%m/%Y à %H:%M"


def main(arguments: list[str] | None = None) -> int:
    """List what is kept, or put back the publication that is named."""
    parser = argparse.ArgumentParser(prog="make restore")
    parser.add_argument("publication", nargs="?", help="celle à remettre, par sa date")
    parser.add_argument(
        "--sans-exports", action="store_true", help="laisser les exports de l'autre publication"
    )
    asked = parser.parse_args(arguments)
    published = published_file()
    try:
        if not asked.publication:
            print("\n".join(listed(published)))
            return 0
        with lock.held(print, lock.WAIT_SECONDS):
            chosen = named(asked.publication, published)
            print(put_back(chosen, published), flush=True)
            if asked.sans_exports:
                print("Les exports sont encore ceux de la publication qui était en place.")
                return 0
            return _exports()
    except SourceError as error:
        print(f"ÉCHEC. {error}", file=sys.stderr)
        return 1


def named(name: str, published: Path) -> Kept:
    """The publication that a command names, whole or by the beginning of its date.

    Raises:
        SourceError: none, or several, are so named.
    """
    found = archive.kept(published)
    chosen = [one for one in found if one.name.startswith(name)]
    if len(chosen) != 1:
        there = ", ".join(one.name for one in chosen or found) or "aucune"
        raise SourceError(
            f"{published.parent.name}/{archive.folder(published).name}",
            f"publication {name}".strip(),
            f"{'plusieurs ont' if chosen else 'aucune n’a'} cette date ; il y a {there}",
            "en nommer une, telle que make restore les montre",
        )
    return chosen[0]


def listed(published: Path) -> list[str]:
    """What is kept, a line a publication and a line for what it changed; the last is in place."""
    found = archive.kept(published)
    if not found:
        return ["Aucune publication n'est gardée : make refresh en fait une."]
    lines = [f"{len(found)} publication(s) gardée(s), de la plus ancienne à celle en place :"]
    for one in found:
        try:
            with duckdb.connect(str(one.file), read_only=True) as connection:
                (row,) = connection.execute(
                    "select publie_le, version_code, ce_qui_a_change from referentiel.publication"
                ).fetchall()
        except duckdb.Error:
            lines.append(f"  {one.name}  illisible, ou d'une autre version des tables")
            continue
        made, version, told = row
        again = (
            f", remise de celle du {made:{SHOWN}}" if one.name != f"{made:{archive.NAMED}}" else ""
        )
        lines += [f"  {one.name}  code {version}{again}", f"      {told}"]
    return [*lines, "Pour en remettre une : make restore PUBLICATION=" + found[0].name]


def put_back(
    chosen: Kept, published: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> str:
    """Put a kept publication in the place of the published file; returns what to tell.

    Raises:
        SourceError: what is kept cannot be read, or the file in place cannot be written.
    """
    try:
        was_made = archive.made(chosen.file)
    except duckdb.Error as error:
        raise SourceError(
            chosen.file.name,
            "fichier entier",
            "il est illisible : ce n'est pas une publication entière",
            "en remettre une autre ; le fichier publié reste tel qu'il était",
        ) from error
    with writing(published):
        with replaced(published) as fresh:
            shutil.copyfile(chosen.file, fresh)
            kept = _kept_in_place(published)
        archive.keep(published, now())
    return (
        f"Remise en place : la publication du {was_made:{SHOWN}} (temps universel). {kept} Les "
        "sources n'ont pas changé : le prochain rafraîchissement publiera ce qu'elles disent."
    )


def _kept_in_place(published: Path) -> str:
    """Keep the file in place if the archive has not got it; says what came of it."""
    if not published.is_file():
        return "Aucun fichier n'était publié."
    try:
        made = archive.made(published)
    except duckdb.Error:
        return "Le fichier qui était en place était illisible : il n'est pas gardé."
    archive.keep_if_forgotten(published)
    return f"Celle qui était en place, du {made:{SHOWN}}, est gardée."


def _exports() -> int:
    """Make the exports anew from the file in place, in the history that the UI shows."""
    warnings.filterwarnings("ignore")
    import dagster as dg

    from pipelines.refresh import environment

    environment()
    from pipelines.definitions import defs
    from pipelines.diagnostic.assets import GROUP
    from pipelines.schedules import JOB

    graph = defs.resolve_asset_graph()
    chosen = [key for key in graph.get_all_asset_keys() if graph.get(key).group_name == GROUP]
    with writing(history_dir()), dg.DagsterInstance.get() as instance:
        done = defs.resolve_job_def(JOB).execute_in_process(
            instance=instance, raise_on_error=False, asset_selection=chosen
        )
    if done.success:
        print("Les exports sont refaits à partir d'elle.")
        return 0
    with duckdb.connect(str(published_file()), read_only=True) as connection:
        (version,) = connection.execute(
            "select version_code from referentiel.publication"
        ).fetchone() or (UNKNOWN,)
    print(
        "ÉCHEC. Le fichier est remis en place, mais les exports sont encore, en tout ou partie, "
        f"ceux de l'autre publication. Remède : les refaire avec le code de la version {version}.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
