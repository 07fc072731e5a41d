"""The vocabulary of contracts: what a field accepts, what a finding says, what is kept."""

import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.base import (
    SPACES,
    Admission,
    Contract,
    Severity,
    admit,
    also,
    amount,
    choice,
    code,
    count,
    optional,
    row_rule,
    text,
)
from pipelines.sources import CheckFigure

Row = tuple[str, str, str]

FIELDS = (code("CLE", r"[a-z]\d+", "une lettre et des chiffres"), count("N{aa}"), amount("V{aa}"))
HEADER = ("CLE", "N19", "V19")
QUICK = settings(max_examples=15, deadline=None)


def contract(bad_row: Severity = "rejet", *, may_be_empty: bool = False) -> Contract:
    return Contract(FIELDS, key=("CLE",), bad_row=bad_row, may_be_empty=may_be_empty)


def held(
    rows: Sequence[Row],
    *,
    against: Contract | None = None,
    header_line: int = 1,
    lines: Sequence[int] | None = None,
    figures: Sequence[CheckFigure] = (),
    within: pl.Expr | None = None,
) -> Admission:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADER, pl.String), orient="row")
    return admit(
        frame,
        against or contract(),
        file="insee/f.csv",
        vintage=2019,
        header_line=header_line,
        lines=None if lines is None else pl.Series(lines, dtype=pl.Int64),
        figures=figures,
        within=within,
    )


def figure(
    column: str | None,
    measure: str,
    expected: float,
    *,
    where: dict[str, str] | None = None,
    tolerance: float = 0,
) -> CheckFigure:
    return CheckFigure.model_validate(
        {
            "colonne": column,
            "mesure": measure,
            "attendu": expected,
            "ou": where or {},
            "tolerance": tolerance,
            "origine": "compté à la main",
        }
    )


@pytest.mark.parametrize(
    ("vintage", "published"), [(2019, "P19_POP0002"), (2006, "P06_POP0002"), (2100, "P00_POP0002")]
)
def test_the_vintage_fills_the_name_of_a_column(vintage: int, published: str) -> None:
    assert amount("P{aa}_POP0002").published(vintage) == published


def test_a_loaded_column_bears_its_code_without_its_vintage() -> None:
    field = amount("DISP_TP60{aa}", marks={"ns": "secret"})
    assert field.loaded == "disp_tp60"
    assert field.mark == "disp_tp60_marque"


CHANGED = Contract(
    (
        code("CLE", r"[a-z]\d+", "une lettre et des chiffres"),
        also(count("N{aa}"), "NB{aa}", "Nombre"),
        optional(amount("V{aa}", marks={"ns": "secret", "": "sans objet"})),
    ),
    key=("CLE",),
)


@pytest.mark.parametrize("name", ["N19", "NB19", "Nombre", "nombre", " NB19 ", "n19"])
def test_a_column_is_found_under_any_name_that_an_edition_gives_it(name: str) -> None:
    assert CHANGED.heading(["CLE", name], 2019) == {"cle": "CLE", "n": name}


def test_the_first_name_of_a_column_is_taken_before_the_others() -> None:
    assert CHANGED.heading(["Nombre", "NB19", "CLE"], 2019)["n"] == "NB19"
    assert CHANGED.heading(["Nombre", "NB19", "N19", "CLE"], 2019)["n"] == "N19"


def test_a_name_that_bears_a_vintage_is_not_found_without_one() -> None:
    assert CHANGED.heading(["CLE", "N19", "NB19"], None) == {"cle": "CLE"}
    assert CHANGED.heading(["CLE", "N19", "Nombre"], None) == {"cle": "CLE", "n": "Nombre"}


def test_a_column_of_another_vintage_is_not_taken_for_it() -> None:
    heading = CHANGED.heading(["CLE", "N18", "NB20"], 2019)
    assert [item.name for item in CHANGED.absent(heading)] == ["N{aa}"]


def test_a_column_that_some_vintages_lack_is_then_missing() -> None:
    frame = pl.DataFrame({"CLE": ["a1"], "Nombre": ["3"]})
    admission = admit(frame, CHANGED, file="f", vintage=2016)
    assert admission.findings.is_empty()
    assert admission.kept.rows(named=True) == [
        {"ligne": 2, "cle": "a1", "n": 3, "v": None, "v_marque": "non disponible"}
    ]


def test_a_column_that_some_vintages_lack_is_held_to_its_shape_in_the_others() -> None:
    frame = pl.DataFrame({"CLE": ["a1", "a2"], "Nombre": ["3", "4"], "V16": ["beaucoup", "ns"]})
    admission = admit(frame, CHANGED, file="f", vintage=2016)
    assert admission.findings.select("ligne", "colonne", "valeur").rows() == [
        (2, "V16", "beaucoup")
    ]


@pytest.mark.parametrize(
    ("columns", "vintages"),
    [
        (["CLE", "N19", "V19"], [2019]),
        (["CLE", "NB06"], [2006]),
        (["n17", "NB21", "V17", "N199"], [2017, 2021]),
        (["CLE", "Nombre"], []),
    ],
)
def test_the_vintages_of_a_file_are_those_that_its_columns_bear(
    columns: list[str], vintages: list[int]
) -> None:
    assert CHANGED.vintages(columns) == vintages


def test_a_contract_without_a_vintage_in_its_names_waits_for_none() -> None:
    assert Contract((text("A"),), ("A",)).vintages(["N19"]) == [None]


@pytest.mark.parametrize(
    ("columns", "vintage", "likeness"),
    [
        (["CLE", "N19", "V19"], 2019, 1.0),
        (["CLE", "N19"], 2019, 1.0),
        (["CLE", "N18"], 2019, 0.5),
        (["V19"], 2019, 0.0),
        (["CLE", "N18"], None, 1.0),
        (["CLE"], None, 0.0),
    ],
)
def test_a_row_of_names_is_alike_a_header_by_the_share_of_columns_that_no_vintage_lacks(
    columns: list[str], vintage: int | None, likeness: float
) -> None:
    assert CHANGED.likeness(columns, vintage) == likeness


def test_no_row_has_the_columns_of_those_that_are_kept() -> None:
    frame = pl.DataFrame({"CLE": ["a1"], "Nombre": ["3"]})
    assert CHANGED.nothing().is_empty()
    assert CHANGED.nothing().schema == admit(frame, CHANGED, file="f", vintage=2016).kept.schema


def test_a_field_with_marks_may_be_empty_of_value() -> None:
    assert count("A", marks={"ns": "secret"}).nullable
    assert not count("A").nullable


def test_a_mark_with_a_point_is_not_a_pattern() -> None:
    marked = Contract((code("CLE", r"\w+", "mot"), count("N", marks={"n.d": "absent"})), ("CLE",))
    frame = pl.DataFrame({"CLE": ["a", "b"], "N": ["n.d", "nxd"]})
    admission = admit(frame, marked, file="f", vintage=2019)
    assert admission.findings.select("ligne", "colonne", "valeur").rows() == [(3, "N", "nxd")]
    assert admission.kept.rows() == [(2, "a", None, "absent")]


def test_a_closed_list_with_a_point_is_not_a_pattern() -> None:
    listed = Contract((choice("C", "1.5", "ETP"),), ("C",))
    frame = pl.DataFrame({"C": ["1.5", "1x5", "ETP", "etp"]})
    admission = admit(frame, listed, file="f", vintage=2019)
    assert admission.findings.select("ligne", "regle").rows() == [
        (3, "valeur parmi 1.5, ETP"),
        (5, "valeur parmi 1.5, ETP"),
    ]


@pytest.mark.parametrize("cell", [" a", "a ", "", " ", "\u00a0a", "a\t"])
def test_words_with_a_blank_at_an_edge_are_refused(cell: str) -> None:
    frame = pl.DataFrame({"T": [cell]})
    assert admit(frame, Contract((text("T"),), ("T",)), file="f", vintage=2019).stopped


@pytest.mark.parametrize(
    "sign", ["\x00", "\x1b", "\r", "\x7f", "\x9d", "\u2028", "\u202e", "\ufeff"]
)
@pytest.mark.parametrize("cell", ["{}", "a{}b", "a{}", "{}a"])
def test_words_with_a_sign_that_no_screen_shows_are_refused(cell: str, sign: str) -> None:
    frame = pl.DataFrame({"T": [cell.format(sign)]})
    assert admit(frame, Contract((text("T"),), ("T",)), file="f", vintage=2019).stopped


@pytest.mark.parametrize("cell", ["a\tb", "a", "été", "a b", "l’Arbrisseau | 59000"])
def test_words_are_kept_as_printed(cell: str) -> None:
    frame = pl.DataFrame({"T": [cell]})
    admission = admit(frame, Contract((text("T"),), ("T",)), file="f", vintage=2019)
    assert admission.kept["t"].to_list() == [cell]


@pytest.mark.parametrize(
    ("cell", "value"), [("17,5", 17.5), ("17.5", 17.5), ("17", 17.0), ("1e-3", 0.001), ("0,0", 0.0)]
)
def test_a_decimal_has_a_point_or_a_comma(cell: str, value: float) -> None:
    assert held([("a1", "1", cell)]).kept["v"].to_list() == [value]


@pytest.mark.parametrize(
    "cell",
    [
        *("1,234,5", "1.", ",5", "+1", "0x1", "nan", "inf", "17 %"),
        *("1 23", "12 3456", "1234 567", "1  234", " 234", "1 234 ", "1 234 56", "1,234 567"),
        "1\t234",
    ],
)
def test_what_is_not_plainly_a_number_is_refused(cell: str) -> None:
    findings = held([("a1", "1", cell)]).findings
    assert findings.select("colonne", "valeur", "regle").rows() == [("V19", cell, "nombre attendu")]


@pytest.mark.parametrize("header_line", [1, 4, 6])
def test_lines_are_counted_from_the_line_of_the_header(header_line: int) -> None:
    admission = held(
        [("a1", "1", "1"), ("a2", "x", "1"), ("a3", "-1", "1")], header_line=header_line
    )
    assert admission.findings["ligne"].to_list() == [header_line + 2, header_line + 3]
    assert admission.kept["ligne"].to_list() == [header_line + 1]


def test_rows_that_come_of_one_line_keep_it_and_are_judged_one_by_one() -> None:
    admission = held([("a1", "1", "1"), ("a2", "x", "1"), ("a3", "3", "1")], lines=[9, 9, 12])
    assert admission.findings["ligne"].to_list() == [9]
    assert admission.kept.select("ligne", "cle").rows() == [(9, "a1"), (12, "a3")]


HERE = pl.col("cle").str.starts_with("a")


def test_rows_of_elsewhere_are_counted_and_left_in_the_file() -> None:
    admission = held([("b1", "1", "1"), ("a1", "2", "1"), ("b2", "3", "1")], within=HERE)
    assert admission.kept.select("ligne", "cle").rows() == [(3, "a1")]
    assert (admission.rows_read, admission.rows_elsewhere, admission.rows_rejected) == (3, 2, 0)


def test_what_is_wrong_elsewhere_is_not_told() -> None:
    rows: list[Row] = [("b1", "x", "1"), ("b2", "1", "1"), ("b2", "1", "1"), ("a1", "x", "1")]
    admission = held(rows, within=HERE)
    assert admission.findings.select("ligne", "colonne", "valeur").rows() == [(5, "N19", "x")]
    assert (admission.rows_elsewhere, admission.rows_rejected) == (3, 1)


def test_a_territory_without_a_row_in_the_file_keeps_none_and_says_nothing() -> None:
    admission = held([("b1", "1", "1")], within=HERE)
    assert admission.kept.is_empty()
    assert admission.findings.is_empty()


def test_a_figure_covers_the_rows_of_elsewhere() -> None:
    rows: list[Row] = [("b1", "1", "1,5"), ("a1", "2", "2,5")]
    assert held(rows, within=HERE, figures=[figure("V19", "somme", 4)]).findings.is_empty()
    (finding,) = held(rows, within=HERE, figures=[figure("V19", "somme", 2.5)]).findings.rows()
    assert "4" in finding


def test_a_row_set_aside_leaves_the_others() -> None:
    admission = held([("a1", "1", "1"), ("a2", "x", "1"), ("a3", "3", "1")])
    assert admission.kept["cle"].to_list() == ["a1", "a3"]
    assert not admission.stopped
    assert admission.rejected["ligne"].to_list() == [3]


def test_the_same_row_stops_where_the_contract_says_so() -> None:
    admission = held([("a1", "1", "1"), ("a2", "x", "1")], against=contract("arrêt"))
    assert admission.stopped
    assert admission.rejected.is_empty()


def test_a_repeated_key_stops_even_where_bad_rows_are_set_aside() -> None:
    admission = held([("a1", "1", "1"), ("a2", "1", "1"), ("a1", "2", "2")])
    assert admission.stopped
    assert admission.findings.select("ligne", "colonne", "regle", "gravite").rows() == [
        (2, "CLE", "clé en double", "arrêt"),
        (4, "CLE", "clé en double", "arrêt"),
    ]


def test_each_absent_column_is_named_at_the_line_of_the_header() -> None:
    frame = pl.DataFrame({"CLE": ["a1"], "N18": ["1"]})
    admission = admit(frame, contract(), file="f", vintage=2019, header_line=4)
    assert admission.findings.select("ligne", "colonne", "gravite").rows() == [
        (4, "N19", "arrêt"),
        (4, "V19", "arrêt"),
    ]
    assert admission.kept.is_empty()


def test_a_column_that_the_contract_does_not_know_is_left_out() -> None:
    frame = pl.DataFrame({"CLE": ["a1"], "N19": ["1"], "V19": ["1"], "REG": ["32"]})
    admission = admit(frame, contract(), file="f", vintage=2019)
    assert admission.findings.is_empty()
    assert "reg" not in {name.lower() for name in admission.kept.columns}


def test_a_file_without_rows_stops() -> None:
    admission = held([])
    assert admission.findings["regle"].to_list() == ["fichier sans aucune ligne"]
    assert admission.stopped


def test_a_file_that_is_awaited_may_have_no_row() -> None:
    admission = held([], against=contract(may_be_empty=True))
    assert admission.findings.is_empty()
    assert admission.kept.schema == {
        "ligne": pl.Int64,
        "cle": pl.String,
        "n": pl.Int64,
        "v": pl.Float64,
    }


def test_a_rule_between_columns_accuses_its_rows_alone() -> None:
    ruled = Contract(
        FIELDS,
        key=("CLE",),
        bad_row="rejet",
        rules=(row_rule("n tient dans v", pl.col("n") <= pl.col("v")),),
    )
    admission = held([("a1", "1", "2"), ("a2", "3", "2"), ("a3", "2", "2")], against=ruled)
    assert admission.findings.select("ligne", "regle").rows() == [(3, "n tient dans v")]
    assert admission.kept["cle"].to_list() == ["a1", "a3"]


def test_a_cell_is_accused_once_and_not_again_at_the_next_stage() -> None:
    admission = held([("a1", "-x", "1"), ("a2", "-1", "1")])
    assert admission.findings.select("etape", "ligne").rows() == [("lecture", 2), ("entrée", 3)]


ROWS: list[Row] = [("a1", "1", "1,5"), ("a2", "2", "2.5"), ("a3", "2", "4")]


@pytest.mark.parametrize(
    "right",
    [
        figure("V19", "somme", 8),
        figure("N19", "somme", 5),
        figure(None, "lignes", 3),
        figure("CLE", "lignes", 3),
        figure("V19", "somme", 6.5, where={"N19": "2"}),
        figure(None, "lignes", 1, where={"N19": "2", "CLE": "a3"}),
        figure("V19", "somme", 7.9, tolerance=0.11),
    ],
)
def test_a_right_figure_says_nothing(right: CheckFigure) -> None:
    assert held(ROWS, figures=[right]).findings.is_empty()


@pytest.mark.parametrize(
    ("wrong", "column", "value", "rule"),
    [
        (figure("V19", "somme", 9), "V19", "8", "somme V19 : 9 attendu (compté à la main)"),
        (
            figure("V19", "somme", 6, where={"N19": "2"}),
            "V19",
            "6.5",
            "somme V19 où N19 = 2 : 6 attendu (compté à la main)",
        ),
        (figure("CLE", "lignes", 4), "CLE", "3", "lignes CLE : 4 attendu (compté à la main)"),
        (
            figure("V19", "somme", 7.9, tolerance=0.05),
            "V19",
            "8",
            "somme V19 : 7.9 attendu (compté à la main)",
        ),
    ],
)
def test_a_wrong_figure_stops_and_says_what_was_expected(
    wrong: CheckFigure, column: str, value: str, rule: str
) -> None:
    admission = held(ROWS, figures=[wrong])
    assert admission.stopped
    assert admission.findings.select("colonne", "valeur", "regle").rows() == [(column, value, rule)]


def test_a_large_figure_is_told_with_all_its_digits() -> None:
    rows: list[Row] = [("a1", "1234567", "1")]
    (finding,) = held(rows, figures=[figure("N19", "somme", 1234568)]).findings.rows(named=True)
    assert finding["valeur"] == "1234567"
    assert "1234568 attendu" in finding["regle"]


def test_every_wrong_figure_is_told() -> None:
    figures = [figure("V19", "somme", 9), figure("N19", "somme", 5), figure(None, "lignes", 4)]
    assert held(ROWS, figures=figures).findings["valeur"].to_list() == ["8", "3"]


# A cell and what Python reads in it.
WHOLE = st.integers(min_value=0, max_value=2**63 - 1).map(str)
DECIMAL = st.floats(min_value=0, allow_infinity=False, allow_nan=False).map(repr)
COMMA = st.decimals(min_value=0, max_value=10**9, places=3).map(
    lambda d: f"{d:f}".replace(".", ",")
)
WELL_FORMED = st.lists(st.tuples(WHOLE, DECIMAL | COMMA | WHOLE), min_size=1, max_size=30)


def keyed(cells: Sequence[tuple[str, str]]) -> list[Row]:
    return [(f"a{rank}", number, decimal) for rank, (number, decimal) in enumerate(cells)]


@QUICK
@given(WELL_FORMED)
def test_well_formed_cells_are_all_kept_with_the_values_that_python_reads(
    cells: list[tuple[str, str]],
) -> None:
    # Python prints 1e+20 where the files, and so the contracts, have no plus sign.
    cells = [(number, decimal.replace("e+", "e")) for number, decimal in cells]
    admission = held(keyed(cells))
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept["n"].to_list() == [int(number) for number, _ in cells]
    assert admission.kept["v"].to_list() == [
        float(decimal.replace(",", ".")) for _, decimal in cells
    ]
    assert admission.kept["ligne"].to_list() == list(range(2, len(cells) + 2))


SPACE = st.sampled_from(SPACES)


@st.composite
def grouped(draw: st.DrawFn, numbers: st.SearchStrategy[int]) -> tuple[str, int]:
    """A whole number as the French print it, and its value; any space between thousands."""
    value = draw(numbers)
    cell = "".join(draw(SPACE) if mark == "," else mark for mark in f"{value:,}")
    return cell, value


@QUICK
@given(
    st.lists(
        st.tuples(grouped(st.integers(0, 2**53)), st.sampled_from([",", "."]), st.integers(0, 999)),
        min_size=1,
        max_size=20,
    )
)
def test_a_number_is_the_same_whatever_separates_its_thousands_and_its_decimals(
    cells: list[tuple[tuple[str, int], str, int]],
) -> None:
    rows = keyed([(whole, f"{whole}{mark}{rest:03d}") for (whole, _), mark, rest in cells])
    admission = held(rows)
    assert admission.findings.is_empty(), admission.findings.rows()
    assert admission.kept["n"].to_list() == [value for (_, value), _, _ in cells]
    assert admission.kept["v"].to_list() == [
        float(f"{value}.{rest:03d}") for (_, value), _, rest in cells
    ]


@QUICK
@given(grouped(st.integers(1000, 10**12)), st.data())
def test_a_thousand_of_other_than_three_digits_is_refused(
    cell: tuple[str, int], data: st.DataObject
) -> None:
    printed, _ = cell
    space = data.draw(st.sampled_from([at for at, mark in enumerate(printed) if mark in SPACES]))
    cut = data.draw(st.sampled_from([printed[: space + 1] + printed[space + 2 :], f"{printed}0"]))
    assert held([("a1", cut, "1")]).findings["valeur"].to_list() == [cut]


@QUICK
@given(st.permutations(["CLE", "NB19", "V19", "REG", "DEP", ""]))
def test_the_order_of_the_columns_changes_nothing(columns: list[str]) -> None:
    cells = {"CLE": ["a1"], "NB19": ["3"], "V19": ["ns"], "REG": ["32"], "DEP": ["59"], "": [""]}
    frame = pl.DataFrame({name: cells[name] for name in columns})
    admission = admit(frame, CHANGED, file="f", vintage=2019)
    assert admission.findings.is_empty()
    assert admission.kept.rows(named=True) == [
        {"ligne": 2, "cle": "a1", "n": 3, "v": None, "v_marque": "secret"}
    ]


# Any text that Python would not take for a whole number, spaces between its thousands aside.
MALFORMED = st.text(min_size=1, max_size=8).filter(
    lambda cell: not re.fullmatch(rf"-?(\d+|\d{{1,3}}([{SPACES}]\d{{3}})+)", cell)
)


@QUICK
@given(WELL_FORMED, st.data())
def test_a_malformed_cell_is_told_at_its_own_line_and_nowhere_else(
    cells: list[tuple[str, str]], data: st.DataObject
) -> None:
    rows = keyed([(number, decimal.replace("e+", "e")) for number, decimal in cells])
    bad = data.draw(st.dictionaries(st.integers(0, len(rows) - 1), MALFORMED, max_size=5))
    for rank, cell in bad.items():
        rows[rank] = (rows[rank][0], cell, rows[rank][2])
    admission = held(rows)
    found = admission.findings.sort("ligne").select("ligne", "colonne", "valeur", "regle").rows()
    assert found == [
        (rank + 2, "N19", cell, "nombre entier attendu") for rank, cell in sorted(bad.items())
    ]
    assert set(admission.kept["ligne"]) == {
        rank + 2 for rank in range(len(rows)) if rank not in bad
    }


@QUICK
@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4)),
        min_size=1,
        max_size=12,
    )
)
def test_a_row_read_is_kept_or_told_and_never_both(rows: list[Row]) -> None:
    admission = held(rows)
    kept, told = set(admission.kept["ligne"]), set(admission.findings["ligne"])
    assert kept.isdisjoint(told)
    assert kept | told == set(range(2, len(rows) + 2))
    assert admission.rows_read == len(rows)


@QUICK
@given(st.text(alphabet="0123456789٣３०-.,eE", min_size=1, max_size=24))
def test_a_number_of_any_writing_is_kept_or_told_and_never_breaks_the_reading(cell: str) -> None:
    admission = held([("a1", cell, "1"), ("a2", "1", cell)])
    assert admission.kept.height + admission.findings["ligne"].n_unique() == 2
    assert admission.kept["v"].is_finite().all()
