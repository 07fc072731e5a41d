"""What the README and docs/ show is what a reader gets: questions, commands, folders."""

import re
import subprocess

import duckdb
import pytest

from pipelines.settings import ROOT

README = (ROOT / "README.md").read_text("utf-8")
QUESTIONS = (ROOT / "docs" / "questions.md").read_text("utf-8")
QUESTION = re.compile(r"```sql\n(.*?)```\n\n((?:\|[^\n]*\|\n)+)", re.DOTALL)
TITLE = re.compile(r"^\*\*(\d+)\. ", re.MULTILINE)


def cell(value: object) -> str:
    """A value as the pages print it."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize(("query", "answer"), QUESTION.findall(README + QUESTIONS))
def test_a_question_has_the_answer_that_its_page_shows(
    query: str, answer: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    header, _, *rows = [
        [part.strip() for part in line.strip("|").split("|")] for line in answer.splitlines()
    ]
    result = warehouse.execute(query)
    assert [column[0] for column in result.description or ()] == header
    assert [[cell(value) for value in row] for row in result.fetchall()] == rows


@pytest.mark.parametrize(("page", "count"), [(README, 7), (QUESTIONS, 20)], ids=["readme", "docs"])
def test_every_question_of_a_page_is_numbered_and_has_its_answer(page: str, count: int) -> None:
    assert TITLE.findall(page) == [str(number) for number in range(1, count + 1)]
    assert len(QUESTION.findall(page)) == page.count("```sql") == count


@pytest.mark.parametrize(
    "query",
    [
        query
        for page in sorted((ROOT / "docs").glob("*.md"))
        for query in re.findall(r"```sql\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ],
)
def test_a_query_of_the_guide_answers(query: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(query).fetchall()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`make (\w+)", README))))
def test_a_command_of_the_readme_is_in_the_makefile(command: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\]\(([^)#]+)\)", README)) | {"pipelines", "sources"})
)
def test_a_path_of_the_readme_exists(path: str) -> None:
    assert path.startswith("https://") or (ROOT / path).exists()
