"""Ways in which a source file comes damaged: each takes its bytes and gives back others.

A way draws what it needs from the generator that it is given, so that a seed tells a mutation.
`HARMLESS` ways change how the data are written and not what they say.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise

Way = Callable[[random.Random, bytes], bytes]

CELLS = (
    "",
    " ",
    "-1",
    "-0",
    "1e308",
    "1e999",
    "9" * 40,
    "NaN",
    "nan",
    "inf",
    "-Infinity",
    "12,5",
    "1 234",
    "1.234,5",
    "12%",
    "0x1F",
    "1_000",
    "٣",
    "douze",
    "ns",
    "#REF!",
    "=1+1",
    "=HYPERLINK(0)",
    "@SUM(A1)",
    "+33",
    "'); drop table brut.insee_population; --",
    "' or 1=1 --",
    "{{ env_var('HOME') }}",
    "${HOME}",
    "<script>alert(1)</script>",
    'a"b',
    '"',
    '""',
    "a\tb",
    "a\x07b",
    "a\x0bb",
    "a\u2028b",
    "\u202eabc",
    "\ufeff",
    "e\u0301cole",
    "😀",
    "A" * 5000,
    "2021-02-30",
    "0000-00-00",
    "null",
    "\\N",
)
NUMBER = re.compile(r"\d+")


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _separator(data: bytes) -> bytes:
    first = data.split(b"\n", 1)[0]
    return max((b";", b",", b"\t", b"|"), key=first.count)


def _grid(data: bytes) -> tuple[bytes, list[list[bytes]], bytes]:
    """The cells of a text, cut without regard to quotes, its separator and its end of line."""
    separator, end = _separator(data), b"\r\n" if b"\r\n" in data else b"\n"
    return separator, [line.split(separator) for line in data.split(end)], end


def _joined(grid: tuple[bytes, list[list[bytes]], bytes]) -> bytes:
    separator, rows, end = grid
    return end.join(separator.join(row) for row in rows)


# Bytes, of whatever file.


def bytes_flipped(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def bytes_replaced(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randint(1, 30)) + data[start + rng.randint(0, 30) :]


def truncated(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def ended_by_another_file(rng: random.Random, data: bytes) -> bytes:
    return data + data[rng.randrange(len(data)) :]


def zeroed(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    size = rng.randint(1, 400)
    return data[:start] + bytes(size) + data[start + size :]


ANY_BYTES: tuple[Way, ...] = (
    bytes_flipped,
    bytes_replaced,
    truncated,
    ended_by_another_file,
    zeroed,
)


# Text: its lines, its encoding.


def line_cut(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def lines_cut(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    start = rng.randrange(len(lines))
    return b"".join(lines[:start] + lines[start + rng.randint(1, 20) :])


def line_twice(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    line = rng.choice(lines)
    return b"".join([*lines[: rng.randrange(len(lines))], line, *lines])


def header_twice(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    lines.insert(rng.randrange(len(lines)), lines[0])
    return b"".join(lines)


def lines_merged(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    rank = rng.randrange(len(lines))
    lines[rank] = lines[rank].rstrip(b"\r\n")
    return b"".join(lines)


def line_broken(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.choice((b"\n", b"\r\n", b"\r", b"\x0b", b"\x1c")) + data[start:]


def lines_shuffled(rng: random.Random, data: bytes) -> bytes:
    first, *lines = _lines(data if data.endswith(b"\n") else data + b"\n")
    rng.shuffle(lines)
    return first + b"".join(lines)


def ends_of_lines(rng: random.Random, data: bytes) -> bytes:
    return b"\n".join(data.splitlines()).replace(b"\n", rng.choice((b"\n", b"\r\n")))


def marked(_: random.Random, data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf")


def blank_lines(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data if data.endswith(b"\n") else data + b"\n")
    for _ in range(3):
        lines.insert(rng.randrange(len(lines) + 1), b"\r\n" if b"\r\n" in data else b"\n")
    return b"".join(lines)


def encoded(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8-sig")
    how = rng.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "iso-8859-15", "cp850", "utf-7"))
    return text.encode(how, errors="replace")


def encoded_twice(_: random.Random, data: bytes) -> bytes:
    return data.decode("latin-1").encode("utf-8")


def marked_twice(_: random.Random, data: bytes) -> bytes:
    return b"\xef\xbb\xbf\xef\xbb\xbf" + data


def mark_within(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + b"\xef\xbb\xbf" + data[start:]


def quote_somewhere(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + b'"' * rng.randint(1, 3) + data[start:]


def control_character(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + bytes([rng.choice((0, 1, 7, 8, 11, 12, 27, 127))]) + data[start:]


def emptied(rng: random.Random, data: bytes) -> bytes:
    return rng.choice((b"", b"\n", b"\xef\xbb\xbf", b" ", b"\x00" * 9, _lines(data)[0]))


def a_page_instead(_: random.Random, data: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>Erreur 404</body></html>" + data[:100]


HARMLESS: tuple[Way, ...] = (lines_shuffled, ends_of_lines, marked, blank_lines)
LINES: tuple[Way, ...] = (
    line_cut,
    lines_cut,
    line_twice,
    header_twice,
    lines_merged,
    line_broken,
    encoded,
    encoded_twice,
    marked_twice,
    mark_within,
    quote_somewhere,
    control_character,
    emptied,
    a_page_instead,
)


# Delimited text: its columns, its cells.


def columns_renamed(rng: random.Random, data: bytes) -> bytes:
    grid = _grid(data)
    rank = rng.randrange(len(grid[1][0]))
    names = (b"", b"x", b"*", b"^a$", b"P99_POP", grid[1][0][rank].swapcase(), b" " * 3, b'"')
    grid[1][0][rank] = rng.choice(names)
    return _joined(grid)


def columns_swapped(rng: random.Random, data: bytes) -> bytes:
    """The names of two columns exchanged, and not what is under them."""
    grid = _grid(data)
    header = grid[1][0]
    one, other = rng.randrange(len(header)), rng.randrange(len(header))
    header[one], header[other] = header[other], header[one]
    return _joined(grid)


def column_removed(rng: random.Random, data: bytes) -> bytes:
    grid = _grid(data)
    rank = rng.randrange(len(grid[1][0]))
    for row in grid[1]:
        del row[rank : rank + 1]
    return _joined(grid)


def column_shifted(rng: random.Random, data: bytes) -> bytes:
    """The cells of a column moved by a line, under their name."""
    grid = _grid(data)
    rows = [row for row in grid[1][1:] if len(row) == len(grid[1][0])]
    rank = rng.randrange(len(grid[1][0]))
    cells = [row[rank] for row in rows]
    for row, cell in zip(rows, cells[1:] + cells[:1], strict=True):
        row[rank] = cell
    return _joined(grid)


def separator_changed(rng: random.Random, data: bytes) -> bytes:
    return data.replace(_separator(data), rng.choice((b",", b"\t", b"|", b":", b" ", b";;")))


def cells_replaced(rng: random.Random, data: bytes) -> bytes:
    grid = _grid(data)
    for _ in range(rng.randint(1, 3)):
        row = rng.choice(grid[1])
        row[rng.randrange(len(row))] = rng.choice(CELLS).encode()
    return _joined(grid)


def cells_exchanged(rng: random.Random, data: bytes) -> bytes:
    """Two cells of a row, or of a column, exchanged."""
    grid = _grid(data)
    row = rng.choice(grid[1])
    other = rng.choice((row, rng.choice(grid[1])))
    one, two = rng.randrange(len(row)), rng.randrange(len(other))
    row[one], other[two] = other[two], row[one]
    return _joined(grid)


def number_changed(rng: random.Random, data: bytes) -> bytes:
    """One number of the text another: nothing but what is known of it can tell."""
    found = list(NUMBER.finditer(data.decode("utf-8", "replace")))
    if not found:
        return data + b"1"
    text = data.decode("utf-8", "replace")
    match = rng.choice(found)
    other = rng.choice(
        (str(int(match[0]) + rng.randint(1, 9)), f"-{match[0]}", match[0] * 3, match[0][::-1], "0")
    )
    return (text[: match.start()] + other + text[match.end() :]).encode()


CSV: tuple[Way, ...] = (
    columns_renamed,
    columns_swapped,
    column_removed,
    column_shifted,
    separator_changed,
    cells_replaced,
    cells_exchanged,
    number_changed,
    cells_replaced,
    number_changed,
)


# Archives and workbooks.


def _repacked(data: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(buffer, "w", 8) as written:
        for name in read.namelist():
            written.writestr(*change(name, read.read(name)))
    return buffer.getvalue()


def zipped(data: bytes, name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(name, data)
    return buffer.getvalue()


def member_renamed(rng: random.Random, data: bytes) -> bytes:
    names = ("../../dehors.csv", "/etc/x.csv", "C:\\x.csv", "vide", "é\n.csv", "a.pdf", ".csv")
    return _repacked(data, lambda _, content: (rng.choice(names), content))


def member_damaged(rng: random.Random, data: bytes) -> bytes:
    """The content of an archive damaged before it was packed: the archive itself is sound."""
    way = rng.choice((*ANY_BYTES, *LINES, *CSV))
    return _repacked(data, lambda name, content: (name, way(rng, content or b"\n")))


def bomb(_: random.Random, data: bytes) -> bytes:
    return _repacked(data, lambda name, content: (name, content + b"\n" * (64 << 20)))


def archive_in_archive(_: random.Random, data: bytes) -> bytes:
    return zipped(data, "dedans.zip")


def two_members(_: random.Random, data: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as written:
        written.writestr("autre.csv", b"a;b\n1;2\n")
    return buffer.getvalue()


ZIP: tuple[Way, ...] = (
    *ANY_BYTES,
    member_renamed,
    member_damaged,
    member_damaged,
    archive_in_archive,
    two_members,
    bomb,
)


def part_damaged(rng: random.Random, data: bytes) -> bytes:
    """One of the files that make a workbook damaged, in a sound archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        chosen = rng.choice(read.namelist())
    way = rng.choice(ANY_BYTES)
    return _repacked(
        data, lambda name, content: (name, way(rng, content) if name == chosen else content)
    )


def _in_sheets(
    rng: random.Random, data: bytes, pattern: bytes, new: Callable[[bytes], bytes]
) -> bytes:
    """Some occurrence of a pattern in each sheet, changed."""

    def change(name: str, content: bytes) -> tuple[str, bytes]:
        found = list(re.finditer(pattern, content)) if "worksheets/sheet" in name else []
        if not found:
            return name, content
        match = rng.choice(found)
        return name, content[: match.start()] + new(match[0]) + content[match.end() :]

    return _repacked(data, change)


def sheet_cells_replaced(rng: random.Random, data: bytes) -> bytes:
    values = (b"-5", b"1e308", b"NaN", b"", b"12.5", b"999999999", b"x", b"1e999", b"0")
    return _in_sheets(rng, data, rb"<v>[^<]*</v>", lambda _: b"<v>" + rng.choice(values) + b"</v>")


def sheet_formula(rng: random.Random, data: bytes) -> bytes:
    return _in_sheets(rng, data, rb"<v>", lambda _: b"<f>1+1</f><v>")


def sheet_cell_of_another_type(rng: random.Random, data: bytes) -> bytes:
    kinds = (b't="e"', b't="b"', b't="str"', b't="inlineStr"', b't="d"', b't="s"', b"")
    return _in_sheets(rng, data, rb't="s"', lambda _: rng.choice(kinds))


def sheet_cell_elsewhere(rng: random.Random, data: bytes) -> bytes:
    places = (b'r="XFD1048576"', b'r="A1"', b'r="ZZ9"', b'r="A0"', b'r="1"', b'r=""')
    return _in_sheets(rng, data, rb'r="[A-Z]+[0-9]+"', lambda _: rng.choice(places))


def sheet_row_removed(rng: random.Random, data: bytes) -> bytes:
    return _in_sheets(rng, data, rb"(?s)<row .*?</row>", lambda _: b"")


def sheet_names_changed(rng: random.Random, data: bytes) -> bytes:
    changes = (
        (rb'name="[^"]*"', b'name="Feuil9"'),
        (rb"<sheet ", b'<sheet state="hidden" '),
        (rb"<sheet ", b'<sheet state="veryHidden" '),
        (rb"<sheet .*?/>", b""),
        (rb'r:id="[^"]*"', b'r:id="rId99"'),
    )
    pattern, new = rng.choice(changes)
    count = rng.choice((0, 1))
    return _repacked(
        data,
        lambda name, content: (
            name,
            re.sub(pattern, new, content, count=count) if name == "xl/workbook.xml" else content,
        ),
    )


def part_removed(rng: random.Random, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(buffer, "w", 8) as written:
        names = read.namelist()
        gone = rng.choice(names)
        for name in names:
            if name != gone:
                written.writestr(name, read.read(name))
    return buffer.getvalue()


XLSX: tuple[Way, ...] = (
    *ANY_BYTES,
    part_damaged,
    part_damaged,
    sheet_cells_replaced,
    sheet_cells_replaced,
    sheet_formula,
    sheet_cell_of_another_type,
    sheet_cell_elsewhere,
    sheet_row_removed,
    sheet_names_changed,
    part_removed,
)


# YAML and JSON.


VALUES = (
    "",
    "null",
    "~",
    "[]",
    "{}",
    "-1",
    "1e999",
    ".nan",
    "99999999999999999999999",
    "2021-02-30",
    "2021-01-01 25:00:00",
    "yes",
    "'",
    "&a [*a]",
    "*inconnu",
    "!!python/object/apply:os.system ['true']",
    "!!binary 4pi",
    "!!timestamp x",
    "!!int x",
    "? - a",
    "../../../etc/passwd",
    "'); drop table x; --",
    "{{ env_var('HOME') }}",
    '"\\ud800"',
    "0o17",
    "01234",
    "12:30:45",
    "A" * 3000,
    "😀",
    "[[[[[[[[[[[[[[[[[[[[",
)


def value_replaced(rng: random.Random, data: bytes) -> bytes:
    lines = data.decode().splitlines(keepends=True)
    keyed = [rank for rank, line in enumerate(lines) if re.search(r": |^\s*- ", line)] or [0]
    rank = rng.choice(keyed)
    mark = re.match(r"\s*(?:- )?(?:[\w\"]+: ?)?", lines[rank])
    start = mark[0] if mark else ""
    lines[rank] = f"{start}{rng.choice(VALUES)}\n"
    return "".join(lines).encode()


def key_changed(rng: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"(?m)^\s*(?:- )?(\w+):", data))
    match = rng.choice(found)
    other = rng.choice((b"x", b"[a]", b"{a: 1}", b"", b"1", b"null", rng.choice(found)[1]))
    return data[: match.start(1)] + other + data[match.end(1) :]


def indent_changed(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    rank = rng.randrange(len(lines))
    lines[rank] = rng.choice((b" ", b"  ", b"\t", b"- ", b"    ")) + lines[rank]
    return b"".join(lines)


def nested_without_end(rng: random.Random, data: bytes) -> bytes:
    return data + b"x: " + rng.choice((b"[", b"{a: ", b"- ")) * 60_000


def aliases_without_end(_: random.Random, data: bytes) -> bytes:
    names = "abcdefghijklm"
    levels = [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in pairwise(names)
    ]
    return data + "\n".join(["", "a: &a [x, x]", *levels, ""]).encode()


YAML: tuple[Way, ...] = (
    *ANY_BYTES,
    *LINES,
    value_replaced,
    value_replaced,
    value_replaced,
    value_replaced,
    key_changed,
    key_changed,
    indent_changed,
    number_changed,
    nested_without_end,
    aliases_without_end,
)


def json_value_replaced(rng: random.Random, data: bytes) -> bytes:
    values = (b"null", b"NaN", b"-1e400", b"[]", b"{}", b'"x"', b"true", b"1e30", b"[[[[1]]]]")
    found = list(re.finditer(rb"-?\d+\.\d+|\"[^\"]*\"|\d+", data))
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(values) + data[match.end() :]


def json_nested(rng: random.Random, data: bytes) -> bytes:
    return rng.choice((b"[", b'{"features":')) * 100000 + data


JSON: tuple[Way, ...] = (
    *ANY_BYTES,
    *LINES,
    *(json_value_replaced,) * 10,
    json_nested,
    number_changed,
)


def ways_of(name: str) -> Sequence[Way]:
    """How a file of this name comes damaged."""
    suffix = name.rpartition(".")[2]
    text = (*ANY_BYTES, *LINES, *CSV, *HARMLESS)
    return {"csv": text, "xlsx": XLSX, "yml": YAML, "geojson": JSON, "zip": ZIP}[suffix]
