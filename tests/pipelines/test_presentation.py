"""Whoever opens the UI for the first time finds in French what each thing is."""

import re

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.dictionary import tables
from pipelines.naming import table_key
from pipelines.presentation import GROUPS, SHOWN_PARENTS, introduced

GRAPH = defs.resolve_asset_graph()
ENGLISH = re.compile(r"\b(the|and|of|with|which|is|are|from|for)\b", re.IGNORECASE)


def in_french(text: str | None) -> bool:
    """Whether a description is there, and has no word of the commonest in English."""
    words = re.sub(r"«[^»]*»|`[^`]*`|\([^)]*\)", "", text or "")
    return bool(words.strip()) and not ENGLISH.search(words)


def test_an_english_sentence_would_be_seen() -> None:
    assert not in_french("The rows of the file.")
    assert not in_french("")
    assert in_french("Les lignes du fichier.")


def test_each_asset_says_in_french_what_it_is_and_in_what_group() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        own = (node.description or "").partition("\n\n*Groupe")[0]
        assert in_french(own), key
        assert f"*Groupe {node.group_name}* : {GROUPS[node.group_name or '']}" in (
            node.description or ""
        ), key


def test_each_asset_that_is_made_says_what_it_comes_from() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        first = sorted(node.parent_keys)[:SHOWN_PARENTS]
        for parent in first:
            assert f"(/assets/{'/'.join(parent.path)})" in (node.description or ""), key


def test_each_published_table_has_a_page_with_a_link_to_its_first_rows() -> None:
    for table in tables():
        said = GRAPH.get(table_key(table.full_name)).description or ""
        assert f"(/assets/{table.schema}/{table.name}?view=events)" in said, table.full_name


def test_each_group_is_explained_in_french_and_none_in_vain() -> None:
    groups = {GRAPH.get(key).group_name for key in GRAPH.get_all_asset_keys()}
    assert groups <= set(GROUPS)
    assert all(in_french(text) for text in GROUPS.values())


def test_more_parents_than_a_page_can_list_are_counted() -> None:
    spec = dg.AssetSpec("a", description="Essai.", deps=[f"p{rank}" for rank in range(9)])
    told = introduced(spec).description or ""
    assert told.count("/assets/") == SHOWN_PARENTS
    assert told.endswith(", et 3 autres.")


def test_each_check_says_in_french_what_it_looks_for() -> None:
    for key in GRAPH.asset_check_keys:
        assert in_french(GRAPH.get_check_spec(key).description), key


def test_each_job_schedule_and_sensor_says_in_french_what_it_does() -> None:
    repository = defs.get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    assert {job.name for job in jobs} == {"refresh", "telecharger", "fraicheur"}
    told = {job.name: job.description for job in jobs}
    told |= {schedule.name: schedule.description for schedule in repository.schedule_defs}
    told |= {sensor.name: sensor.description for sensor in repository.sensor_defs}
    assert [name for name, text in told.items() if not in_french(text)] == []


@pytest.mark.parametrize("name", ["warehouse"])
def test_each_resource_says_in_french_what_it_holds(name: str) -> None:
    resource = defs.get_repository_def().get_top_level_resources()[name]
    assert in_french(resource.description)


def test_no_page_shows_the_notes_that_dbt_takes_for_itself() -> None:
    for key in GRAPH.get_all_asset_keys():
        assert not [name for name in GRAPH.get(key).metadata if "dbt" in name], key
