"""Workbooks as spreadsheets write them, and as nobody should."""

import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DAY, MOMENT = 1, 2
HIDDEN = ' state="hidden"'
STYLES = f"""<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/>
<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>"""


@dataclass(frozen=True)
class Formula:
    """A cell that is calculated; `shows` is what it came to when it was saved, None: it never was."""

    text: str
    shows: str | None = None


def workbook(
    *sheets: Sequence[Sequence[object]], hidden: Sequence[int] = (), **named: Sequence[Sequence[object]]
) -> bytes:
    """Return a workbook of these sheets; None is an empty cell."""
    all_sheets = {f"Sheet{n}": rows for n, rows in enumerate(sheets, 1)} | named
    return packed(parts_of(all_sheets, hidden))


def packed(parts: Mapping[str, str | bytes], *, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of these parts."""
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return page.getvalue()


def parts_of(sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[int] = ()) -> dict[str, str]:
    """Return the parts of a workbook by their names."""
    numbers = range(1, len(sheets) + 1)
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"{HIDDEN if n in hidden else ""}/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        f"{kinds}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}<Relationship Id="styles" '
        f'Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{n}.xml": sheet_xml(rows) for n, rows in zip(numbers, sheets.values(), strict=True)},
    }  # fmt: skip


def sheet_xml(rows: Sequence[Sequence[object]]) -> str:
    """Return a sheet; rows in which nothing stands are not written."""
    lines = (
        f'<row r="{number}">{"".join(_cell(place_of(column, number), cell) for column, cell in enumerate(cells))}</row>'
        for number, cells in enumerate(rows, 1)
        if any(cell is not None for cell in cells)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def place_of(column: int, row: int) -> str:
    """Return a cell's name, as `AB7`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _cell(place: str, cell: object) -> str:
    match cell:
        case None:
            return ""
        case Formula(text, None):
            return f'<c r="{place}"><f>{escape(text)}</f><v></v></c>'
        case Formula(text, shows):
            return f'<c r="{place}" t="str"><f>{escape(text)}</f><v>{escape(shows or "")}</v></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{cell!r}</v></c>'
        case datetime.datetime():
            days = (cell - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
            return f'<c r="{place}" s="{MOMENT}"><v>{days!r}</v></c>'
        case datetime.date():
            return f'<c r="{place}" s="{DAY}"><v>{(cell - datetime.date(1899, 12, 30)).days}</v></c>'
        case _:
            return (
                f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'
            )
