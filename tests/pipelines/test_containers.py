"""What a file is wrapped in is opened within bounds; what cannot be is told in one sentence."""

import re
import struct
import weakref
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import fastexcel
import pytest
import xlsxwriter

from pipelines import archives
from pipelines.errors import SourceError
from pipelines.ingest.containers import Content, let_go, opened

CSV = b"IRIS;COM\n593500101;59350\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def archive(path: Path, members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return path


def workbook(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(str(path)) as written:
        fill(written)
    return path


def repacked(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook at `path`, with one of its parts changed."""
    with zipfile.ZipFile(path) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    assert member in parts
    return archive(path, parts | {member: change(parts[member])})


def refusal(read: Callable[[], object]) -> str:
    """The sentence of the refusal: file, place, problem, remedy, none of them empty."""
    with pytest.raises(SourceError) as caught:
        read()
    error = caught.value
    assert all((error.file, error.place, error.problem, error.remedy))
    assert "\n" not in str(error)
    return str(error)


# Archives.


def test_a_plain_file_is_its_own_content(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(CSV)
    assert (opened(path).name, opened(path).data) == ("f.csv", CSV)


@pytest.mark.parametrize("name", ["f.zip", "f.csv"])
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_only_data_file_of_an_archive_is_read_whatever_the_archive_is_called(
    name: str, packing: int, tmp_path: Path
) -> None:
    content = opened(archive(tmp_path / name, {"dossier/d.CSV": CSV}, packing))
    assert (content.name, content.data) == (f"{name}/dossier/d.CSV", CSV)


@pytest.mark.parametrize(
    "beside",
    [
        "meta_base-ic-2019.CSV",
        "varmod_bpe19.csv",
        "dossier/Dictionnaire.csv",
        "LISEZMOI.txt",
        "readme.txt",
        "notice.pdf",
    ],
)
def test_what_describes_the_data_beside_them_is_left_aside(beside: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {beside: b"COD_VAR;LIB_VAR\n", "base-ic-2019.CSV": CSV})
    assert opened(path).data == CSV


def test_the_member_that_is_named_is_read_in_any_case(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"A.CSV": b"a\n", "B.CSV": CSV})
    assert opened(path, "b.csv").data == CSV


def test_a_workbook_in_an_archive_is_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", lambda book: book.add_worksheet("S").write(0, 0, "a"))
    outer = archive(tmp_path / "f.zip", {"f.xlsx": path.read_bytes()})
    content = opened(outer)
    assert content.is_workbook
    assert list(content.sheets) == ["S"]


@pytest.mark.parametrize(
    ("members", "member"),
    [
        ({"a.csv": CSV, "b.csv": CSV}, None),
        ({"a.csv": CSV}, "b.csv"),
        ({"notice.pdf": b"%PDF"}, None),
        ({}, None),
    ],
    ids=["two data files", "another member", "no data", "nothing"],
)
def test_an_archive_in_which_the_data_are_not_known_is_told_with_what_it_holds(
    members: dict[str, bytes], member: str | None, tmp_path: Path
) -> None:
    path = archive(tmp_path / "f.zip", members)
    sentence = refusal(lambda: opened(path, member))
    assert sentence.startswith("f.zip, archive : le fichier de données n'y est pas reconnu")
    assert all(name in sentence for name in members or ["rien"])
    assert "nommer le membre" in sentence


@pytest.mark.parametrize("kept", [4, 30, 60, -1])
def test_a_truncated_archive_is_told(kept: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": CSV})
    path.write_bytes(path.read_bytes()[:kept])
    assert "elle est tronquée" in refusal(lambda: opened(path))


def test_an_archive_whose_content_is_not_that_of_its_checksum_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": CSV}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"593500101", b"593500102"))
    sentence = refusal(lambda: opened(path))
    assert sentence == (
        "f.zip, archive entière : elle est tronquée, endommagée ou protégée par un mot de passe. "
        "Remède : la télécharger à nouveau."
    )


def test_an_archive_under_a_password_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": CSV})
    content = bytearray(path.read_bytes())
    # The first bit of the flags, in the local header and in the directory, says so.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "protégée par un mot de passe" in refusal(lambda: opened(path))


def test_an_archive_packed_in_a_way_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": CSV})
    content = bytearray(path.read_bytes())
    content[8:10] = struct.pack("<H", 99)
    directory = content.index(b"PK\x01\x02")
    content[directory + 10 : directory + 12] = struct.pack("<H", 99)
    path.write_bytes(content)
    assert "archive entière" in refusal(lambda: opened(path))


def test_a_name_that_is_not_in_the_encoding_that_it_announces_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"é.csv": CSV})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xe9\xe9"))
    assert "archive entière" in refusal(lambda: opened(path))


@pytest.mark.parametrize(
    "name", ["../d.csv", "a/../../d.csv", "/etc/d.csv", "C:\\d.csv", "..\\d.csv", "\\\\hote\\d.csv"]
)
@pytest.mark.parametrize("member", [None, "d.csv"])
def test_a_path_that_climbs_out_of_an_archive_is_refused(
    name: str, member: str | None, tmp_path: Path
) -> None:
    path = archive(tmp_path / "f.zip", {name: CSV, "d.csv": CSV})
    sentence = refusal(lambda: opened(path, member))
    assert sentence.startswith(f"f.zip, membre {name} : son chemin sort de l'archive. Remède : ")


@pytest.mark.parametrize("beside", [False, True], ids=["the data", "beside the data"])
def test_a_bomb_is_refused_before_it_is_unpacked(
    beside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = bytes(8 << 20)
    assert len(zeros) > archives.MOST_RATIO * len(zlib.compress(zeros))
    members = {"meta_d.csv": zeros, "d.csv": CSV} if beside else {"d.csv": zeros}
    path = archive(tmp_path / "f.zip", members)

    def unpack(*_: object) -> bytes:
        raise AssertionError("unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    sentence = refusal(lambda: opened(path))
    assert re.match(r"f\.zip, membre (meta_)?d\.csv : il grossit de \d+ à 8388608 oct", sentence)


def test_a_member_larger_than_the_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": CSV})
    monkeypatch.setattr(archives, "MOST_BYTES", len(CSV) - 1)
    assert "il grossit" in refusal(lambda: opened(path))


def test_a_table_of_text_that_is_packed_well_is_no_bomb(tmp_path: Path) -> None:
    content = b"593500101;59350;0;0;0;0\n" * 20_000
    path = archive(tmp_path / "f.zip", {"d.csv": content})
    assert opened(path).data == content


def test_a_member_that_hides_its_size_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"d.csv": bytes(8 << 20)})
    content = path.read_bytes().replace(struct.pack("<I", 8 << 20), struct.pack("<I", 10))
    path.write_bytes(content)
    assert "endommagée" in refusal(lambda: opened(path))


def test_an_archive_in_an_archive_is_told(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"d.csv": CSV})
    path = archive(tmp_path / "f.zip", {"d.csv": inner.read_bytes()})
    assert refusal(lambda: opened(path).sheets).startswith("f.zip/d.csv, classeur entier : ")


def test_a_file_replaced_since_the_last_look_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(CSV)
    assert opened(path).data == CSV
    path.write_bytes(CSV + b"593500102;59350\n")
    assert opened(path).data != CSV


def test_a_file_is_held_for_the_next_data_set_until_it_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(CSV)
    held = weakref.ref(opened(path))
    assert opened(path) is held()
    let_go()
    assert held() is None


def test_a_file_that_is_no_longer_there_is_told(tmp_path: Path) -> None:
    assert "f.csv, fichier entier : il est illisible" in refusal(lambda: opened(tmp_path / "f.csv"))


# Text.


def content(data: bytes) -> Content:
    return Content("f.csv", data)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("windows-1252", b""), ("utf-16", b"")],
    ids=["utf-8", "with its mark", "windows-1252", "utf-16"],
)
def test_a_text_is_read_in_the_encoding_that_is_declared(encoding: str, mark: bytes) -> None:
    data = mark + "libellé;œuvre\n".encode(encoding)
    assert content(data).text(encoding) == "libellé;œuvre\n"


def test_the_mark_of_utf_8_says_more_than_the_catalogue() -> None:
    data = "libellé\n".encode("utf-8-sig")
    assert content(data).text("windows-1252") == "libellé\n"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a\nlibellé\n".encode("latin-1"), "ligne 2 : octet 0xe9"),
        ("a\n".encode("utf-16"), "ligne 1 : octet 0xff"),
        ("a\n".encode("utf-16-le"), "ligne 1 : octet 0x00"),
        (b"a;b\n1;\x002\n", "ligne 2 : octet 0x00"),
    ],
    ids=["latin-1", "utf-16", "utf-16 without a mark", "nul"],
)
def test_a_text_in_another_encoding_is_told_with_its_line(data: bytes, place: str) -> None:
    sentence = refusal(lambda: content(data).text("utf-8"))
    assert sentence.startswith(f"f.csv, {place} : le fichier n'est pas dans l'encodage attendu")
    assert "CSV UTF-8" in sentence


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><title>Page non trouvée</title></html>",
        "\n  <html><body>403</body></html>",
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "<!-- erreur --><html></html>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_web_page_in_place_of_the_file_is_told_for_what_it_is(page: str, encoding: str) -> None:
    sentence = refusal(lambda: content(page.encode(encoding)).text("utf-8"))
    assert "c'est une page web" in sentence
    assert "télécharger le fichier lui-même" in sentence


# Workbooks.


@pytest.mark.parametrize("data", [OLE + bytes(504), OLE], ids=["whole", "its first bytes"])
@pytest.mark.parametrize("name", ["f.xls", "f.xlsx"])
def test_an_old_workbook_or_an_encrypted_one_is_told(
    name: str, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    sentence = refusal(lambda: opened(path))
    assert sentence == (
        f"{name}, classeur entier : c'est un ancien format Excel (.xls), ou un classeur protégé. "
        "Remède : l'enregistrer en .xlsx, sans mot de passe."
    )


def test_an_old_workbook_in_an_archive_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "f.zip", {"f.xls": OLE, "meta_f.csv": CSV})
    assert "f.xls" in refusal(lambda: opened(path))
    named = refusal(lambda: opened(path, "f.xls"))
    assert named.startswith("f.zip/f.xls, classeur entier : c'est un ancien format Excel")


def numbers(book: xlsxwriter.Workbook) -> None:
    page = book.add_worksheet("S")
    for line in range(50):
        page.write_row(line, 0, [line, f"texte {line}"])


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.99])
def test_a_truncated_workbook_is_told(kept: float, tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", numbers)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert "f.xlsx, " in refusal(lambda: opened(path).rows("S"))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
)
def test_a_workbook_with_a_damaged_part_is_told(part: str, tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path / "f.xlsx", numbers), part, lambda xml: xml[: len(xml) // 2])
    read = opened(path)
    assert "f.xlsx, " in refusal(lambda: [read.rows(sheet) for sheet in read.sheets or ["S"]])


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", numbers)
    repacked(path, "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (8 << 20))
    sentence = refusal(lambda: opened(path).sheets)
    assert sentence.startswith("f.xlsx, membre xl/worksheets/sheet1.xml : il grossit de ")


def test_a_cell_lost_at_the_far_corner_of_a_sheet_is_refused_before_it_is_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lay_out(*_: object, **__: object) -> None:
        raise AssertionError("laid out")

    # To lay it out ends the process: no memory is large enough.
    monkeypatch.setattr(fastexcel.ExcelReader, "load_sheet", lay_out)

    def fill(book: xlsxwriter.Workbook) -> None:
        numbers(book)
        book.get_worksheet_by_name("S").write(1_048_575, 16_383, " ")

    path = workbook(tmp_path / "f.xlsx", fill)
    sentence = refusal(lambda: opened(path).rows("S"))
    assert "f.xlsx, feuille S : une cellule est perdue loin des autres" in sentence
    assert "ligne 1048576, colonne 16384" in sentence


def formula(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("Notes").write(0, 0, "à lire")
    page = book.add_worksheet("Chiffres")
    page.write_row(0, 0, ["IRIS", "total"])
    page.write_row(1, 0, ["593500101", 3])
    page.write_formula(2, 1, "=B2+1", None, 4)


def test_a_computed_cell_is_refused_with_its_sheet_and_its_place(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", formula)
    sentence = refusal(lambda: opened(path).refuse_formulas("Chiffres"))
    assert sentence == (
        "f.xlsx, feuille Chiffres, cellule B3 : c'est une formule, dont le résultat peut ne plus "
        "être à jour. Remède : copier la feuille et la coller en « valeurs seules », puis la "
        "déposer."
    )
    opened(path).refuse_formulas("Notes")


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        (b'<c s="1" r="B3"><f>B2+1</f>', "B3"),
        (b'<c r="B3" t="n">\n  <f t="shared" si="0"/>', "B3"),
        (b'<x:c r="B3"><x:f>B2+1</x:f>', "B3"),
        (b"<c><f>B2+1</f>", "sans adresse"),
    ],
    ids=["style first", "shared", "prefixed", "without an address"],
)
def test_a_computed_cell_is_seen_however_the_program_writes_it(
    written: bytes, cell: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "f.xlsx", formula)

    def change(xml: bytes) -> bytes:
        assert xml.count(b'<c r="B3"><f>B2+1</f>') == 1
        return xml.replace(b'<c r="B3"><f>B2+1</f>', written)

    repacked(path, "xl/worksheets/sheet2.xml", change)
    assert f"cellule {cell} : " in refusal(lambda: opened(path).refuse_formulas("Chiffres"))


def test_a_sheet_is_found_by_its_link_and_not_by_its_rank(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", formula)

    def swap(rels: bytes) -> bytes:
        aside = rels.replace(b"sheet1.xml", b"sheetX.xml").replace(b"sheet2.xml", b"sheet1.xml")
        return aside.replace(b"sheetX.xml", b"sheet2.xml")

    repacked(path, "xl/_rels/workbook.xml.rels", swap)
    assert opened(path).rows("Notes").rows()[0] == ("IRIS", "total")
    assert "feuille Notes, cellule B3" in refusal(lambda: opened(path).refuse_formulas("Notes"))
    opened(path).refuse_formulas("Chiffres")


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
def test_the_sheets_that_are_hidden_are_known(hide: str, tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Vue")
        getattr(book.add_worksheet("Cachée & co"), hide)()

    assert opened(workbook(tmp_path / "f.xlsx", fill)).sheets == {"Vue": True, "Cachée & co": False}


def test_rows_are_counted_from_the_first_line_of_the_sheet(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "f.xlsx", lambda book: book.add_worksheet("S").write_row(2, 1, ["a", "b"])
    )
    rows = opened(path).rows("S").rows()
    assert len(rows) == 3
    assert [cell for cell in rows[2] if cell] == ["a", "b"]
