"""Hours of after-school care for each child, worked out again from the files of `sources/`."""

import duckdb
import polars as pl
import pytest

from pipelines.settings import ROOT

HELLEMMES, LOMME, LILLE = "59298", "59355", "59350-LILLE"


def alsh01(warehouse: duckdb.DuckDBPyConnection) -> dict[str, dict[str, object]]:
    rows = warehouse.execute("select * from ecart.indicateurs where indicateur_id = 'ALSH01'").pl()
    return {row["territoire_id"]: row for row in rows.to_dicts()}


def test_hellemmes_has_its_printed_hours_for_each_child_of_three_to_ten(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # Annexe 4, module 13: « ALSH Extrascolaire ET Périscolaire Mairie 442 073 Actes ».
    census = pl.read_csv(
        ROOT / "sources/insee/base-ic-evol-struct-pop-2019.csv", separator=";", infer_schema=False
    )
    children = sum(
        float(row[column])
        for row in census.to_dicts()
        if row["IRIS"].startswith(("5935024", "5935025", "5935026"))
        for column in ("P19_POP0305", "P19_POP0610")
    )
    row = alsh01(warehouse)[HELLEMMES]
    assert row["statut"] == "calculé"
    assert row["numerateur"] == 442_073
    assert row["valeur"] == pytest.approx(442_073 / children)
    # 1.5 × 2 × n: a relative standard error of √(3 / n), of which 90 % of draws keep within 1.645.
    spread = 1.645 * (3 / children) ** 0.5
    assert row["borne_basse"] == pytest.approx(442_073 / children * (1 - spread), rel=0.02)
    assert row["borne_haute"] == pytest.approx(442_073 / children * (1 + spread), rel=0.02)


@pytest.mark.parametrize(
    ("commune", "reason"),
    [(LOMME, "Quantité non imprimée"), (LILLE, "La convention n’imprime aucun module")],
)
def test_a_commune_without_printed_hours_says_why(
    commune: str, reason: str, warehouse: duckdb.DuckDBPyConnection
) -> None:
    row = alsh01(warehouse)[commune]
    assert (row["statut"], row["valeur"], row["numerateur"]) == ("non calculable", None, None)
    assert str(row["motif"]).startswith(reason)
