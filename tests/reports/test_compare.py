"""Holding printed reports against their sections: what is changed, taken out or put in is found where it stands."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from altering import altered, expected

from lsstd.errors import LsstdError
from lsstd.files.writing import is_own
from lsstd.pages.blocks import Pairs, Paragraph, Section, Table, section_of, table
from lsstd.reports.adapted import adapted
from lsstd.reports.compare import Difference, differences
from lsstd.reports.pdf import plain
from lsstd.reports.printed import Kind, Printed, printed_html
from lsstd.reports.word import document_of, printed_docx
from lsstd.reports.workbook import printed_xlsx, workbook_of

KINDS: tuple[Kind, ...] = ("html", "docx", "xlsx", "pdf")
PAGE = 1500  # characters, about, of the pages below


def printed_of(report: Any, sections: list[Section], kind: Kind, folder: Path) -> Printed:
    """Print sections and read them back; for PDF, pages as they are read from one (`test_pdf` prints them)."""
    path = folder / f"report.{kind}"
    if kind == "html":
        return printed_html(report._replace(sections=sections).page(folder))
    if kind == "pdf":
        pages = [""]
        for section in adapted(sections, "pdf"):
            heads = "".join(" ".join(block.heads) for block in section.blocks if isinstance(block, Table))
            for _, text in section.lines():
                new = len(pages[-1]) > PAGE and heads in pages[-1]
                pages += [heads] if new else []
                pages[-1] += f" {text}\n"
        return Printed("pdf", (("", tuple(pages)),), None)
    made, read = {"docx": (document_of, printed_docx), "xlsx": (workbook_of, printed_xlsx)}[kind]
    path.write_bytes(made(sections, report.title, report.lang, "{}"))
    return read(path)


def as_told(found: list[Difference], kind: Kind) -> list[Difference]:
    """Return differences as a format tells them: the text of a PDF has lost its white space."""
    return [Difference(d.where, plain(d.printed), d.recomputed) for d in found] if kind == "pdf" else found


# HTML of every example in both languages says what its sections say.
def test_a_page_says_what_its_sections_say(report: Any, tmp_path: Path) -> None:
    assert differences(report.sections, printed_html(report.page(tmp_path))) == []


# Any digit that is changed is found, told with both texts, and nothing else is; named as on the page.
@pytest.mark.parametrize(("kind", "step"), [("html", 1), ("pdf", 1), ("docx", 40), ("xlsx", 20)])
def test_a_changed_digit_is_found_where_it_stands(near_aaa: Any, kind: Kind, step: int, tmp_path: Path) -> None:
    every = list(altered(near_aaa.sections))
    assert len(every) > 600
    for changed in every[::step]:
        printed = printed_of(near_aaa, changed, kind, tmp_path)
        assert differences(near_aaa.sections, printed) == as_told(expected(near_aaa.sections, changed, kind), kind)


# A figure is named by section, row and column.
def test_a_figure_is_named(near_aaa: Any, tmp_path: Path) -> None:
    page = near_aaa.page(tmp_path)
    page.write_text(page.read_text(encoding="utf-8").replace(">398.92</td>", ">401.00</td>"), encoding="utf-8")
    assert differences(near_aaa.sections, printed_html(page)) == [Difference("得分 › 总分 › 确定", "401.00", "398.92")]


def with_rows(sections: list[Section], title: str, rows: Any) -> list[Section]:
    """Return the sections with other rows in one table."""
    changed = []
    for section in sections:
        plain_values = section.plain()
        for block in plain_values["blocks"]:
            if section.title == title and block["block"] == "table":
                block["rows"] = [list(row) for row in rows(block["rows"])]
        changed.append(section_of(plain_values))
    return changed


# A row taken out is told cell by cell under its own name; what stands behind it is not told.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 1, 17, 24, 51])
def test_a_row_taken_out(near_aaa: Any, kind: Kind, place: int, tmp_path: Path) -> None:
    changed = with_rows(near_aaa.sections, "逐行得分", lambda rows: [*rows[:place], *rows[place + 1 :]])
    (rows,) = [s for s in near_aaa.sections if s.title == "逐行得分"]
    lines = [(where, text) for where, text in rows.lines() if where.startswith(f"逐行得分 › {place + 1} ")]
    found = differences(near_aaa.sections, printed_of(near_aaa, changed, kind, tmp_path))
    assert found == [Difference(where, "", text) for where, text in lines]


# A row put in is told as added, near where it stands; what stands behind it is not told.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 17, 52])
def test_a_row_put_in(near_aaa: Any, kind: Kind, place: int, tmp_path: Path) -> None:
    row = ("99", "另加的一行", "✓ 满足", "77", "88")
    changed = with_rows(near_aaa.sections, "逐行得分", lambda rows: [*rows[:place], row, *rows[place:]])
    found = differences(near_aaa.sections, printed_of(near_aaa, changed, kind, tmp_path))
    assert {difference.recomputed for difference in found} == {""}
    assert plain("".join(difference.printed for difference in found)) == plain("".join(row))
    assert all(difference.where for difference in found)


# A section of a page that is missing, doubled or moved is told as a whole, by its title.
def test_whole_sections(near_aaa: Any, tmp_path: Path) -> None:
    sections = near_aaa.sections
    at = next(place for place, section in enumerate(sections) if section.title == "得分")
    for changed, told in (
        ([*sections[:at], *sections[at + 1 :]], [("得分", "")]),
        ([*sections[: at + 1], *sections[at:]], [("", "得分")]),
        ([*sections[:at], *sections[at + 1 :], sections[at]], [("得分", ""), ("", "得分")]),
    ):
        found = differences(sections, printed_of(near_aaa, changed, "html", tmp_path))
        starts = [(d.recomputed.split("\n")[0], d.printed.split("\n")[0]) for d in found]
        assert starts == told
        assert {d.where for d in found} == {"得分"}


# A text put beside the lines of a page is told, whatever element holds it, inside a section or outside.
@pytest.mark.parametrize("put_in", ["<p>999</p>", "999", "<div>999</div>", "<table><tr><td>999</td></tr></table>"])
@pytest.mark.parametrize("before", ["</section>", "</main>"])
def test_a_text_put_in(near_aaa: Any, put_in: str, before: str, tmp_path: Path) -> None:
    page = near_aaa.page(tmp_path)
    page.write_text(page.read_text(encoding="utf-8").replace(before, put_in + before, 1), encoding="utf-8")
    assert [found.printed for found in differences(near_aaa.sections, printed_html(page))] == ["999"]


# The record of a page is read as it stands; a page without one says so.
def test_the_record_of_a_page(near_aaa: Any, tmp_path: Path) -> None:
    page = near_aaa.page(tmp_path)
    assert printed_html(page).record is None
    html = page.read_text(encoding="utf-8")
    record = '<script type="application/json" id="lsstd-record">{"a": "\\u003c"}</script>'
    page.write_text(html.replace("</main>", f"{record}</main>"), encoding="utf-8")
    assert printed_html(page).record == '{"a": "\\u003c"}'
    assert differences(near_aaa.sections, printed_html(page)) == []


# A name with control characters, signs that nobody sees and several scripts holds in every format.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["冰城😀\u200b\u200dשלום abc 12\x07", "a\x1cb\x0cc", "\x07", "שלום 12 34 5.5"])
def test_unusual_names_hold(near_aaa: Any, kind: Kind, name: str, tmp_path: Path) -> None:
    told = [Paragraph(name), Paragraph(f"{name} 7"), Pairs(((name, "398.92"),)), table([name], [(name,)])]
    sections = [Section("x", name, tuple(told))]
    assert differences(sections, printed_of(near_aaa, sections, kind, tmp_path)) == []


# However a file of ours is damaged, reading it works or tells what is wrong, and asking whose it is gives an answer.
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_damaged_files_are_told(studio: Any, kind: Kind, tmp_path: Path) -> None:
    printed_of(studio, studio.sections, kind, tmp_path)
    path, chance = tmp_path / f"report.{kind}", random.Random(1)
    sound = path.read_bytes()
    for _ in range(600):
        data = bytearray(sound)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data)) if chance.random() < 0.15 else len(data)])
        with contextlib.suppress(LsstdError):
            {"docx": printed_docx, "xlsx": printed_xlsx}[kind](path)
        assert is_own(path) in (True, False)
