"""Makers of hostile files: small ones that grow when they are read, and files that are none."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from lsstd.files.places import STANDARDS, data, example

HEAD = "standard: hlj-base-evaluation\n"
GOOD = example("near_aaa")
REFORM = data() / "reforms" / "aaaa_from_440.yaml"
TABLE = data() / "populations" / "made_up_60.csv"
ASSUMPTIONS = data() / "populations" / "assumptions.yaml"
Content = str | bytes


def fifo(path: Path) -> None:
    """A named pipe into which nobody writes."""
    os.mkfifo(path)


def zeros(path: Path) -> None:
    """A link to a device without an end."""
    path.symlink_to("/dev/zero")


def large(path: Path) -> None:
    """A file of 6 GB that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(6 * 2**30)


PUT = (fifo, zeros, large)
"""What makes a file itself; the others give its content."""


def answer(typed: str) -> str:
    """An assessment with one answer."""
    return f"{HEAD}answers: {{village_rooms: {typed}}}\n"


def of_ten(typed: str) -> str:
    """An assessment with one answer to a row of ten points."""
    return answer(typed).replace("village_rooms", "training_centre")


def keys(count: int, section: str = "facts") -> str:
    """An assessment in JSON with many keys, one of them twice."""
    listed = ", ".join(f'"k{number}": 1' for number in (*range(count), 0))
    return f'{{"standard": "hlj-base-evaluation", "{section}": {{{listed}}}}}'


def nested(depth: int, around: str = '{{"standard": "hlj-base-evaluation", "facts": {{"live_rooms": {0}}}}}') -> str:
    """Lists within lists in JSON."""
    return around.format("[" * depth + "]" * depth)


def standard(**changes: Any) -> str:
    """The Heilongjiang standard as JSON, with some of its sections exchanged."""
    from lsstd.files.reading import read_plain

    return json.dumps({**read_plain(STANDARDS / "hlj-base-evaluation.yaml").value, **changes}, ensure_ascii=False)


def reform(changes: str, name: str = "x", **rest: str) -> str:
    """A reform with these changes."""
    return f"reform: {name}\n{HEAD}changes: {{{changes}}}\n" + "".join(f"{k}: {v}\n" for k, v in rest.items())


def assumptions(old: str, new: str) -> str:
    """The example's assumptions with a line exchanged."""
    text = ASSUMPTIONS.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def csv_of(*lines: str) -> str:
    return "\n".join(lines) + "\n"


# ── packages ─────────────────────────────────────────────────────────────────────────────────────────────────────

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def packed(parts: dict[str, Content]) -> bytes:
    """A zip package."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def xlsx(rows: str, behind: str = "", sheets: int = 1, styles: str = "", shared: str = "") -> bytes:
    """A workbook whose sheets are all one part."""
    listed = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, sheets + 1))
    kinds = {"r1": ("worksheet", "sheet1"), "r2": ("styles", "styles"), "r3": ("sharedStrings", "shared")}
    related = "".join(
        f'<Relationship Id="{key}" Type="{_RELATED}/{kind}" Target="{name}.xml"/>'
        for key, (kind, name) in kinds.items()
    )
    types = {"workbook": "sheet.main", "sheet1": "worksheet", "styles": "styles", "shared": "sharedStrings"}
    known = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_OFFICE}.{kind}+xml"/>' for name, kind in types.items()
    )
    known += '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    parts: dict[str, Content] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}">{known}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="b" Type="{_RELATED}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{related}</Relationships>',
        "xl/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
        "xl/shared.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
    }
    return packed(parts)


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def cell(place: str, text: object) -> str:
    kind = ' t="inlineStr"' if isinstance(text, str) else ""
    return f'<c r="{place}"{kind}>' + (f"<is><t>{text}</t></is>" if kind else f"<v>{text}</v>") + "</c>"


HEADS = row(1, cell("A1", "id"), cell("B1", "village_rooms"))


def far_cells(count: int) -> bytes:
    """Rows with one cell each, in Excel's last column."""
    return xlsx(HEADS + "".join(row(n, cell(f"A{n}", f"b{n}"), cell(f"XFD{n}", 1)) for n in range(2, count)))


def merged(count: int, ref: str = "A{0}:B{0}") -> bytes:
    cells = "".join(f'<mergeCell ref="{ref.format(n)}"/>' for n in range(2, count + 2))
    return xlsx(HEADS + row(2, cell("A2", "a"), cell("B2", 1)), f"<mergeCells>{cells}</mergeCells>")


def docx(body: str) -> bytes:
    """A Word document with this body."""
    from docx import Document

    out, filled = io.BytesIO(), io.BytesIO()
    Document().save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(filled, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = content.replace(b"<w:body>", b"<w:body>" + body.encode())
            new.writestr(name, content)
    return filled.getvalue()


def boxed(depth: int) -> str:
    """Text boxes within text boxes."""
    shape = '<v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>'
    inner = "</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    return f"<w:p><w:r><w:pict>{shape}" * depth + "<w:p><w:r><w:t>5.1 应</w:t></w:r></w:p>" + inner * depth


def wide_cells(columns: str) -> str:
    """A table that names no columns, its cells over so many of them."""
    over = f'<w:tcPr><w:gridSpan w:val="{columns}"/><w:vMerge/></w:tcPr>'
    row = f"<w:tr><w:tc>{over}<w:p><w:r><w:t>5.1 应</w:t></w:r></w:p></w:tc></w:tr>"
    return f"<w:tbl>{row * 200}</w:tbl>"


def notebook(source: str = "assessment: str = ''", tags: object = ("parameters",), **rest: Any) -> str:
    """A report template of one cell."""
    one = {"cell_type": "code", "source": [source], "metadata": {"tags": tags}, "outputs": []}
    return json.dumps({"cells": [one], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **rest})


def pdf(content: bytes, kids: str = "3 0 R", count: int = 1) -> bytes:
    """A PDF with one page, its content deflated."""
    stream = zlib.compress(content, 9)
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {count}>>".encode(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


def parquet(rows: int, columns: int = 2, text: str = "") -> bytes:
    """A Parquet file of equal values, which takes hardly any room."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    value: Any = text or 1.0
    first = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [value])
    made = {f"c{n}": first for n in range(columns)}
    pq.write_table(pa.table({"id": next(iter(made.values())), **made}), out, compression="zstd")
    return out.getvalue()


def report(times: int) -> str:
    """A report of lsstd's that says everything so many times more, and no line where it was."""
    from lsstd.reports.report_types import read_base, render_basis

    html = render_basis(read_base(str(GOOD)), "en", "html").decode()
    said = "".join(f"<p>{text}</p>" for text in re.findall(">([^<>{}]{2,80})<", html))
    return html.replace("<h1", f"<p>x</p>{said * times}<h1", 1).replace("</body>", f"{said * times}<p>x</p></body>")


def page(middle: str = "", record: str = "") -> str:
    """A page that looks like a report."""
    return f'<html><body>{middle}<script type="application/json" id="lsstd-record">{record}</script></body></html>'
