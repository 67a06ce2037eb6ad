"""Whatever is changed, taken out, put in or hidden in a report is noticed, in every format."""

import contextlib
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from altering import altered
from docx import Document
from openpyxl import load_workbook

from lsstd.errors import LsstdError
from lsstd.files.places import data, example
from lsstd.files.writing import is_own
from lsstd.pages.blocks import Section, Table
from lsstd.reports import verify as verify_module
from lsstd.reports.plan import Order, make_reports
from lsstd.reports.record import Record, record_of
from lsstd.reports.render import render, whole_page
from lsstd.reports.report_types import read_base, sections
from lsstd.reports.verify import Difference, _compared, extract, verify

BASIS = read_base("near_aaa")
SECTIONS = sections(BASIS, "zh")
TITLE = "冰城直播电商共享基地（示例） · 自评报告"
RECORD = record_of(BASIS, SECTIONS, "zh", "base")
PAGE = whole_page(SECTIONS, TITLE, "zh", RECORD)


@cache
def sound(kind: str) -> bytes:
    """The report in a format, as it was made."""
    return render(kind, SECTIONS, TITLE, "zh", RECORD, day=BASIS.day)


@pytest.fixture(autouse=True, scope="module")
def made_once() -> Iterator[None]:
    """Make reports again, and read files, only once for each record and file: the result is always the same."""
    kept: dict[Any, Any] = {}

    def once(function: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*given: Any, **more: Any) -> Any:
            name = (function, *key(*given, **more))
            if name not in kept:
                kept[name] = function(*given, **more)
            return kept[name]

        return remembered

    keys: dict[str, Callable[..., Any]] = {
        "_carried": lambda record, _, inputs: (record, tuple(inputs)),
        "render": lambda kind, shown, *rest, **more: (kind, *map(id, shown), *rest, *more.values()),
        "extract": lambda path, data: (path.suffix, data),
        "sections": lambda basis, *rest: (id(basis), *rest),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, key in keys.items():
            patch.setattr(verify_module, name, once(getattr(verify_module, name), key))
        yield


def verified(kind: str, changed: list[Section], folder: Path) -> list[Difference]:
    """Return what is noticed in a report whose sections were changed."""
    path = folder / f"report.{kind}"
    content = sound(kind) if changed == SECTIONS else render(kind, changed, TITLE, "zh", RECORD, day=BASIS.day)
    path.write_bytes(content)
    return list(verify(path).differences)


def noticed(page: str) -> list[Difference]:
    """Return what is noticed in a page."""
    given, made = (extract(Path("x.html"), each.encode()) for each in (page, PAGE))
    return _compared(given, made, Record.model_validate_json(RECORD), SECTIONS, is_packaged=True)[0]


# An unchanged report holds in every format, to the byte.
@pytest.mark.parametrize("kind", ["html", "docx", "xlsx"])
def test_nothing_is_noticed_in_an_unchanged_one(kind: str, tmp_path: Path) -> None:
    assert verified(kind, SECTIONS, tmp_path) == []


# Any digit that is changed on a page is noticed, in tables, texts and drawings.
def test_a_changed_digit_of_a_page() -> None:
    every = list(altered(SECTIONS, 23))
    assert len(every) > 100
    for changed in every:
        assert noticed(whole_page(changed, TITLE, "zh", RECORD))


# So it is in Word and Excel, which show drawings as pictures.
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_a_changed_digit_of_a_document(kind: str, tmp_path: Path) -> None:
    without_charts = [section for section in SECTIONS if section.key != "base.scores"]
    for changed in altered(without_charts, 211):
        place = next(place for place, section in enumerate(changed) if section not in without_charts)
        whole = [changed[place] if section.key == changed[place].key else section for section in SECTIONS]
        (found,) = verified(kind, whole, tmp_path)
        assert found.printed != found.recomputed
        assert found.where


# A figure is named by section, row and column, and nothing else is named.
def test_a_figure_is_named() -> None:
    page = PAGE
    (found,) = noticed(page.replace(">398.92</td>", ">401.00</td>"))
    assert found == Difference("4 得分 › 总分 › 确定", "401.00", "398.92", "figure")
    (found,) = noticed(page.replace("<b>398.92</b>", "<b>401.92</b>"))
    assert found == Difference("1 结论 › 确定得分", "401.92", "398.92", "figure")


def with_rows(title: str, rows: Any) -> list[Section]:
    """Return the sections with other rows in the tables of one of them."""
    changed = []
    for section in SECTIONS:
        blocks = []
        for block in section.blocks:
            if section.title == title and isinstance(block, Table):
                heads, listed = [block.rows[place] for place in block.groups], tuple(rows(block.rows))
                groups = tuple(place for place, row in enumerate(listed) if row in heads)
                block = replace(block, rows=listed, groups=groups)
            blocks.append(block)
        changed.append(replace(section, blocks=tuple(blocks)))
    return changed


# A row that was taken out is told cell by cell; what stands behind it is not told.
@pytest.mark.parametrize("kind", ["html", "docx", "xlsx"])
@pytest.mark.parametrize("place", [1, 24, 63])
def test_a_row_taken_out(kind: str, place: int, tmp_path: Path) -> None:
    found = verified(kind, with_rows("逐行得分", lambda rows: [*rows[:place], *rows[place + 1 :]]), tmp_path)
    assert {difference.printed for difference in found} == {""}
    assert 4 <= len(found) <= 6
    assert all("逐行得分" in difference.where for difference in found)


# A row that was put in is told as added, where it stands; what stands behind it is not told.
@pytest.mark.parametrize("kind", ["html", "docx", "xlsx"])
@pytest.mark.parametrize("place", [0, 17, 64])
def test_a_row_put_in(kind: str, place: int, tmp_path: Path) -> None:
    row = ("99", "另加的一行", "✓ 满足", "77", "88")
    found = verified(kind, with_rows("逐行得分", lambda rows: [*rows[:place], row, *rows[place:]]), tmp_path)
    assert {difference.recomputed for difference in found} == {""}
    assert "另加的一行" in [difference.printed for difference in found]
    assert len(found) == 5
    assert all(difference.where for difference in found)


# A section of a page that is missing, doubled or moved is noticed.
def test_whole_sections() -> None:
    place = next(place for place, section in enumerate(SECTIONS) if section.title == "待提升项")
    before, this, behind = SECTIONS[:place], SECTIONS[place], SECTIONS[place + 1 :]
    for changed in ([*before, *behind], [*before, this, this, *behind], [*before, *behind, this]):
        assert noticed(whole_page(changed, TITLE, "zh", RECORD))


# A text put beside the lines of a page is told, whatever element holds it, inside a section or outside.
@pytest.mark.parametrize("put_in", ["<p>999</p>", "999", "<div>999</div>", "<table><tr><td>999</td></tr></table>"])
@pytest.mark.parametrize("before", ["</section>", "</main>"])
def test_a_text_put_in(put_in: str, before: str) -> None:
    page = PAGE
    assert "999" in [found.printed for found in noticed(page.replace(before, put_in + before, 1))]


# A page that shows something else than its texts say is noticed: scripts, styles, hidden, added and drawn elements.
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</body>", "<script>document.querySelector('b').textContent = 499</script></body>"),
        ("</style>", ".tiles b{font-size:0} .tiles b::after{content:'499'}</style>"),
        ("<b>398.92</b>", "<b><s hidden>398.92</s><metadata>499</metadata></b>"),
        ("<b>398.92</b>", '<b><span hidden="">398.92</span></b>'),
        ("<b>398.92</b>", '<b onclick="alert(1)">398.92</b>'),
        ("</main>", '<template shadowrootmode="open">499 AAAA</template></main>'),
        ("</body>", '<template id="lsstd-record">{}</template></body>'),
        ("</main>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>'),
        ('<main class="lsstd">', '<main class="lsstd" style="display: none">'),
        ("<svg ", '<svg opacity="0" '),
        ("</svg>", '<image href="data:image/gif;base64,R0lGODlhAQABAAAAACw="></image></svg>'),
        ("<path d=", '<path data-x="" d='),
        ("自评报告</title>", "评定报告</title>"),
        ("<td>", '<td class="x">'),
        ("<body>", "<body><!--> AAAA -->"),
        ("color:", "colour:"),
        ("<meta ", '<meta http-equiv="content-type" content="text/html; charset=gb18030"><meta '),
        ("</head>", '<link rel="stylesheet" href="x.css"></head>'),
    ],
)
def test_what_a_browser_would_show(old: str, new: str, tmp_path: Path) -> None:
    path, page = tmp_path / "report.html", PAGE
    assert old in page
    path.write_text(page.replace(old, new, 1), encoding="utf-8")
    found = verify(path)
    assert {difference.cause for difference in found.differences} == {"figure"}


HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>398.92</w:t></w:r>"
SYMBOL = '<w:r><w:sym w:font="Wingdings" w:char="F034"/></w:r>'
FIELD = '<w:fldSimple w:instr="QUOTE 499.50"><w:r><w:t>499.50</w:t></w:r></w:fldSimple>'
NUMBERED = '<w:r><w:t>398.92</w:t></w:r></w:p><w:p><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'


# A figure of a Word document that is hidden, or has something beside it that shows another one, is noticed.
@pytest.mark.parametrize(
    "put_in",
    [
        HIDDEN,
        HIDDEN + SYMBOL,
        HIDDEN + FIELD,
        "<w:del><w:r><w:delText>398.92</w:delText></w:r></w:del><w:ins><w:r><w:t>9</w:t></w:r></w:ins>",
        "<w:r><w:t>398.92</w:t><w:drawing/></w:r>",
        "<w:r><w:t>398.92</w:t></w:r></w:p><w:altChunk/><w:p>",
        NUMBERED,
    ],
)
def test_what_word_would_show_otherwise(put_in: str, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    package = zipfile.ZipFile(io.BytesIO(sound("docx")))
    parts = {name: package.read(name) for name in package.namelist()}
    xml, count = re.subn(
        "<w:r>(?:(?!<w:r>).)*?<w:t>398.92</w:t></w:r>", put_in, parts["word/document.xml"].decode(), count=1, flags=re.S
    )
    assert count == 1
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in (parts | {"word/document.xml": xml.encode()}).items():
            changed.writestr(name, content)
    assert not verify(path).ok


def altered_package(kind: str, edits: dict[str, tuple[str, str]], path: Path) -> Path:
    """Write a report in which a text of some parts was replaced, or a part was put in (where it replaces nothing)."""
    package = zipfile.ZipFile(io.BytesIO(sound(kind)))
    parts = {name: package.read(name).decode("utf-8", "surrogateescape") for name in package.namelist()}
    for name, (old, new) in edits.items():
        changed = re.sub(old, new, parts.get(name, ""), count=1, flags=re.DOTALL)
        assert changed != parts.get(name), name
        parts[name] = changed
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as altered:
        for name, content in parts.items():
            altered.writestr(name, content.encode("utf-8", "surrogateescape"))
    return path


BODY, FIGURE = "word/document.xml", "(<w:r>)((?:(?!<w:r>).)*?<w:t>398.92</w:t>)"
COMMENT = '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment w:id="0"><w:p><w:r><w:t>AAAA</w:t></w:r></w:p></w:comment></w:comments>'  # noqa: E501
BOX = "<w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>AAAA</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r>"  # noqa: E501


# Whatever Word would show otherwise is noticed and named by its part.
@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("word/header1.xml", "自评报告", "评定报告"),
        ("word/footer1.xml", "</w:p>", "<w:r><w:t>AAAA</w:t></w:r></w:p>"),
        ("word/header9.xml", "^", "<hdr/>"),
        (BODY, "<w:trPr>", "<w:trPr><w:hidden/>"),
        (BODY, FIGURE, r'\1<w:rPr><w:color w:val="FFFFFF"/></w:rPr>\2'),
        (BODY, FIGURE, r'\1<w:rPr><w:sz w:val="2"/></w:rPr>\2'),
        (BODY, FIGURE, BOX.replace("\\", "") + r"\1\2"),
        (BODY, FIGURE, r'<w:ins w:id="1" w:author="x"><w:r><w:t>AAAA</w:t></w:r></w:ins>\1\2'),
        (BODY, "<w:titlePg/>", "<w:pgBorders/><w:titlePg/>"),
        ("word/comments.xml", "^", COMMENT),
        ("word/styles.xml", 'w:val="1B1B1B"', 'w:val="FFFFFF"'),
        ("word/settings.xml", "</w:settings>", "<w:trackRevisions/></w:settings>"),
        ("word/media/image1.png", "PNG", "PNX"),
        ("docProps/core.xml", "自评报告", "评定报告"),
        ("docProps/core.xml", 'W3CDTF(?=">[^<]*</dcterms:modified)', "W3CDTG"),
        ("docProps/app.xml", "</AppVersion>", "9</AppVersion>"),
    ],
)
def test_what_word_would_show_besides(part: str, old: str, new: str, tmp_path: Path) -> None:
    found = verify(altered_package("docx", {part: (old, new)}, tmp_path / "report.docx"))
    assert {difference.cause for difference in found.differences} == {"figure"}
    assert all(difference.where for difference in found.differences)


# So is what Excel would: in the sheets, their views, names, styles and whatever else a package holds.
@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", 'name="概要"', 'name="评定"'),
        ("xl/workbook.xml", '(name="概要"[^>]*?)state="visible"', r'\1state="veryHidden"'),
        ("xl/workbook.xml", "<definedNames>", '<definedNames><definedName name="x">1</definedName>'),
        ("xl/styles.xml", 'rgb="001B1B1B"', 'rgb="00FFFFFF"'),
        ("xl/worksheets/sheet1.xml", "<row ", '<row hidden="1" '),
        ("xl/worksheets/sheet2.xml", "<col ", '<col hidden="1" '),
        ("xl/worksheets/sheet1.xml", 'showGridLines="0"', 'showGridLines="0" zoomScale="10"'),
        ("xl/worksheets/sheet1.xml", "(?=<pageMargins)", '<conditionalFormatting sqref="A1"/>'),
        ("xl/worksheets/sheet1.xml", "&amp;N", "&amp;N AAAA"),
        ("xl/comments/comment1.xml", "^", "<comments><t>AAAA</t></comments>"),
        ("xl/drawings/drawing1.xml", "</wsDr>", "<sp><t>AAAA</t></sp></wsDr>"),
    ],
)
def test_what_excel_would_show_besides(part: str, old: str, new: str, tmp_path: Path) -> None:
    found = verify(altered_package("xlsx", {part: (old, new)}, tmp_path / "report.xlsx"))
    assert {difference.cause for difference in found.differences} == {"figure"}


# Of characters changed at random, in a page or in any part of a package, each is noticed.
@pytest.mark.parametrize("kind", ["html", "docx", "xlsx"])
def test_any_character_counts(kind: str) -> None:
    whole, chance, path = sound(kind), random.Random(7), Path(f"x.{kind}")
    made, record = extract(path, whole), Record.model_validate_json(RECORD)
    for _ in range(120 if kind == "html" else 25):
        if kind == "html":
            text = whole.decode()
            place = chance.randrange(len(text))
            changed = f"{text[:place]}{chance.choice('x7 <')}{text[place + 1 :]}".encode()
        else:
            package, out = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
            parts = {name: package.read(name) for name in package.namelist()}
            name = chance.choice(
                [name for name in parts if name.endswith(".xml") and "item" not in name and "core" not in name]
            )
            place = chance.randrange(parts[name].index(b">") + 1, len(parts[name]))
            if parts[name][place] in b"x7":
                continue
            parts[name] = parts[name][:place] + chance.choice((b"x", b"7")) + parts[name][place + 1 :]
            with zipfile.ZipFile(out, "w") as copy:
                for each, content in parts.items():
                    copy.writestr(each, content)
            changed = out.getvalue()
        try:
            given = extract(path, changed)
        except LsstdError:
            continue
        if changed != whole and given.record == made.record:
            found = _compared(given, made, record, SECTIONS, is_packaged=True)[0]
            assert found, (kind, place)


# A page edited in a place that shows nothing does not hold; the place is named, and that all texts are the same.
def test_a_page_edited_where_it_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(PAGE.replace("</section>\n<section", "</section> <section", 1), encoding="utf-8")
    found = verify(path)
    assert ["HTML › 第" in difference.where for difference in found.differences] == [True]
    assert "all texts are the same" in found.notes[0].en


def workbook(change: Callable[[Any], None], path: Path) -> bool:
    """Save a report as workbook with a change; return whether it still holds."""
    book = load_workbook(io.BytesIO(sound("xlsx")))
    change(book)
    book.save(path)
    return verify(path).ok


# What another program has saved is no longer the file that lsstd wrote; the note says that its texts are the same.
def test_saved_again_by_another_program(tmp_path: Path) -> None:
    Document(io.BytesIO(sound("docx"))).save(str(tmp_path / "report.docx"))
    load_workbook(io.BytesIO(sound("xlsx"))).save(tmp_path / "report.xlsx")
    for kind in ("docx", "xlsx"):
        found = verify(tmp_path / f"report.{kind}")
        assert all("字符" in difference.where for difference in found.differences)
        assert found.ok or "all texts are the same" in found.notes[0].en


# A format that shows something else than its cell holds is noticed.
@pytest.mark.parametrize(
    "form", ['"499.5"', '0"9"', '0.00;"5"', ";;;", '"+5"0;-0;+0', "0,", "0.00E+00", "+0;-0;0", "_0"]
)
def test_a_format_hides_nothing(form: str, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        next(cell for row in book["概要"] for cell in row if cell.value == 398.92).number_format = form

    assert not workbook(change, tmp_path / "report.xlsx")


# So is a sheet that was hidden, put in or taken out, a hidden row or column, a figure behind a rounding format.
@pytest.mark.parametrize("change", ["hide", "add", "remove", "row", "column", "figure"])
def test_what_excel_would_show_otherwise(change: str, tmp_path: Path) -> None:
    def changed(book: Any) -> None:
        sheet = book["待提升项"]
        if change == "hide":
            sheet.sheet_state = "hidden"
        elif change == "add":
            book.create_sheet("新")["A1"] = "AAAA"
        elif change == "remove":
            book.remove(sheet)
        elif change == "row":
            sheet.row_dimensions[3].hidden = True
        elif change == "column":
            sheet.column_dimensions["D"].hidden = True
        else:
            next(cell for row in book["概要"] for cell in row if cell.value == 398.92).value = 398.924

    assert not workbook(changed, tmp_path / "report.xlsx")


# What a user's own template prints beside our sections is named as not checked; a changed section is noticed.
def test_what_only_a_template_prints(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    shown = [section for section in SECTIONS if section.key in ("base.summary", "base.rows")]
    record = record_of(BASIS, shown, "zh", "mine.ipynb")
    page = whole_page(shown, "我的", "zh", record).replace("</main>", "<pre>my number 12345</pre></main>")
    path.write_text(page, encoding="utf-8")
    assert verify(path).ok
    assert "not checked: 1 texts" in verify(path).notes[0].en
    assert "my number 12345" in verify(path).notes[0].en
    path.write_text(page.replace("<b>398.92</b>", "<b>401.92</b>"), encoding="utf-8")
    assert [found.printed for found in verify(path).differences] == ["401.92"]
    for kind in ("docx", "xlsx"):
        path = tmp_path / f"report.{kind}"
        path.write_bytes(render(kind, [*shown, Section("", "我的", ())], "我的", "zh", record))
        assert verify(path).ok
        assert "我的" in verify(path).notes[0].en


# Names of every script, with control characters and signs that nobody sees, hold in every format.
@pytest.mark.parametrize("name", ["冰城😀\u200b\u200dשלום abc 12\x07", "a\x1cb\x0cc", "שלום 12 34 5.5"])
def test_unusual_names_hold(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    escaped = "".join(f"\\u{unit:04x}" for unit in memoryview(name.encode("utf-16-le")).cast("H"))
    file.write_text(f'{{"standard": "made-up-studio", "subject": {{"name": "{escaped}"}}}}')
    parameters = {"standard": str(data() / "standards" / "made-up-studio.yaml")}
    order = Order((file,), tmp_path / "out", formats=("html", "docx", "xlsx"), parameters=parameters)
    (made,) = make_reports(order)
    assert made.ok, made.failures
    for found in map(verify, made.files.values()):
        assert found.ok
        assert not found.notes or "made-up-studio" in found.notes[0].en


# However a file of ours is damaged, reading it works or says what is wrong, and so does asking whose it is.
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_damaged_files_are_told(kind: str, tmp_path: Path) -> None:
    short = sections(read_base(str(example("studio_partial"))), "en")
    path, chance = tmp_path / f"report.{kind}", random.Random(1)
    whole = render(kind, short, "x", "en", "{}")
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data)) if chance.random() < 0.15 else len(data)])
        with contextlib.suppress(LsstdError):
            extract(path)
        assert is_own(path) in (True, False)


# What is no report of its kind is told as such.
@pytest.mark.parametrize("kind", ["docx", "xlsx", "pdf"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"%PDF-1.7", b"<html>"])
def test_what_is_no_report_is_told(kind: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"report.{kind}"
    path.write_bytes(data)
    with pytest.raises(LsstdError):
        extract(path)
