"""The application form: as printed, filled from the facts that are scored; what comes from outside stays text."""

import io
import json
import re
import shutil
import subprocess
import unicodedata
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from lsstd import Result, Standard, load_standard
from lsstd.errors import FileError, InvalidFile, LsstdError
from lsstd.files.places import STANDARDS, example
from lsstd.files.reading import read_plain
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.files.writing import MARK
from lsstd.office.application_form import write_application, write_template

FULL = {
    "opened": "2021-05",
    "head_name": "张三",
    "firms": 40,
    "ecommerce_firms": 26,
    "firms_retail_10k_yuan": 5200.255,
    "profit_10k_yuan": -12.5,
    "professional_services": ["cloud", "other"],
    "supply_chain_system": True,
    "supply_chain_products": 180,
    "statistics_monitoring": True,
    "statistics_reports": True,
    "report_cycle": "月度",
    "information_submitted": False,
    "operator_founded": "2019-03-01",
    "live_rooms": 14,
}


def text_of(path: Path) -> str:
    """Return the text of a form as its XML has it, a line a paragraph."""
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/document.xml").decode()
    paragraphs = re.findall(r"<w:p[ >].*?</w:p>", xml, re.DOTALL)
    return "\n".join(unescape("".join(re.findall(r"<w:t(?: [^>]*)?>(.*?)</w:t>", p, re.DOTALL))) for p in paragraphs)


def cells_of(path: Path) -> list[list[str]]:
    """Return the texts of each row's cells; a cell that goes on from the row above repeats its text."""
    return [
        [cell.text for _, cell in {id(cell._tc): (cell._tc, cell) for cell in row.cells}.values()]
        for row in Document(str(path)).tables[0].rows
    ]


def beside(path: Path, label: str) -> str:
    """Return the cell right of the one with this label."""
    return next(row[row.index(label) + 1] for row in cells_of(path) if label in row)


@pytest.fixture
def filled(assess: Callable[..., Result]) -> Result:
    return assess(facts=FULL, subject={"name": "冰城直播电商共享基地（虚构）"})


# Every label, heading, option and note of the printed form stands in the blank one, and A4 is upright.
def test_the_blank_form_has_the_printed_wording(standard: Standard, tmp_path: Path) -> None:
    missing = write_application(standard, tmp_path / "blank.docx")
    text = text_of(tmp_path / "blank.docx")
    assert standard.form is not None
    wording = [field.printed for group in standard.form.groups.values() for field in group.fields.values()]
    wording += [group.printed for group in standard.form.groups.values()] + [*standard.form.notes]
    wording += [label.zh for fact in standard.facts.values() for label in fact.options.values()]
    squeezed = "".join(text.split())
    assert [words for words in wording if "".join(words.split()) not in squeezed] == []
    assert text.count("注：可多选。") == 2
    assert "☑" not in text
    assert "{" not in text
    page = Document(str(tmp_path / "blank.docx")).sections[0]
    assert page.page_width is not None
    assert page.page_height is not None
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert not "".join(p.text for p in (*page.footer.paragraphs, *page.header.paragraphs))  # it is signed and stamped
    assert standard.status.zh[:8] not in text
    assert len(missing) == sum(f.filled_by != "hand" for g in standard.form.groups.values() for f in g.fields.values())


# The form lies as the paper has it: people three in a row, sub-totals right of their total, two figures in a row.
def test_the_table_lies_as_printed(standard: Standard, tmp_path: Path) -> None:
    write_application(standard, tmp_path / "blank.docx")
    rows = cells_of(tmp_path / "blank.docx")
    assert ["基地负责人", "姓名", "", "职务", "", "固定电话", ""] in rows
    assert ["申报联系人", "手机", "", "E-mail", ""] in rows
    pair = ["基地直播间数量（间）", "", "基地主播总粉丝量（人）", ""]
    assert pair in rows
    totals = [row for row in rows if row[0] == "基地企业入驻数量（个）"]
    assert [row[2] for row in totals] == ["其中：电子商务企业数量（个）", "其中：直播电商企业数量（个）"]
    whole = ["基地销售产品的主要类别", ""]
    assert whole in rows
    xml = zipfile.ZipFile(tmp_path / "blank.docx").read("word/document.xml").decode()
    for row in re.findall(r"<w:tr[ >].*?</w:tr>", xml, re.DOTALL):  # every row fills the one grid
        assert sum(map(int, re.findall(r'<w:gridSpan w:val="(\d+)"', row))) == 24


# The template that travels with the package is the one that is written; a form that a reform has reworded, or to which
# a field was added, is not filled into it, but into a table of its own.
def test_the_template_follows_the_form(standard: Standard, tmp_path: Path) -> None:
    write_template(standard, tmp_path / "ready.docx")
    ready = Path(STANDARDS / f"{standard.standard}.docx")
    assert text_of(tmp_path / "ready.docx") == text_of(ready)
    value = read_plain(STANDARDS / "hlj-base-evaluation.yaml").value
    fields = value["form"]["groups"]["the_base"]["fields"]
    fields["base_name"]["printed"] = "基地{甲}全称"
    write_application(parse_standard(Parsed(value), "", "reworded.yaml"), tmp_path / "reworded.docx")
    assert ["基地{甲}全称", ""] in cells_of(tmp_path / "reworded.docx")
    assert ["基地直播间数量（间）", ""] in cells_of(tmp_path / "reworded.docx")
    fields["base_name"]["printed"] = "基地名称"
    fields["base_no"] = {"printed": "基地", "gloss": {"zh": "编号", "en": "number"}, "fact": "head_fax"}
    write_application(parse_standard(Parsed(value), "", "more.yaml"), tmp_path / "more.docx")
    assert ["基地", ""] in cells_of(tmp_path / "more.docx")


# Values stand beside their labels: numbers as typed, dates in Chinese, boxes ticked, follow-ups within their line.
def test_the_facts_fill_the_form(filled: Result, tmp_path: Path) -> None:
    path = tmp_path / "form.docx"
    missing = {entry.field.id for entry in write_application(filled, path, filled_on="2025-01-05")}
    assert beside(path, "基地名称") == "冰城直播电商共享基地（虚构）"
    assert beside(path, "基地正式运营时间（年/月）") == "2021年5月"
    assert beside(path, "成立时间") == "2019年3月1日"
    assert beside(path, "上一年度基地电商企业网络零售额（万元）") == "5200.255"
    assert beside(path, "上一年度基地电商企业利润总额（万元）") == "-12.5"
    assert beside(path, "其中：电子商务企业数量（个）") == "26"
    text = text_of(path)
    assert "填表时间：2025年1月5日" in text
    assert "☑云服务" in text
    assert "☐法律支持" in text
    assert "1. 基地供应链产品数量180个。" in text
    assert "☑是，填写报告周期（月度、季度、半年/年度）月度；☐否。" in text
    assert not {"live_rooms", "base_name", "filled_on", "professional_services", "firm_signature"} & missing
    assert {"base_address", "core_area", "administrative_services", "supply_chain_suppliers"} <= missing


# What follows a “no” is not asked for, however deep; a list without a tick is an answer; false is not missing.
def test_only_what_is_asked_is_missing(assess: Callable[..., Result], tmp_path: Path) -> None:
    result = assess(facts={"statistics_monitoring": False, "administrative_services": [], "support_fund": False})
    missing = {entry.field.id for entry in write_application(result, tmp_path / "form.docx")}
    assert not {"statistics_reports", "report_cycle", "information_submitted"} & missing
    assert not {"administrative_services", "support_fund"} & missing
    assert {"supply_chain_products", "professional_services"} <= missing
    assert beside(tmp_path / "form.docx", "是否设立专项电子商务扶持资金？") == "☐是\u3000☑否"


# Under the reading `equate` the form has the value that the score is made with; by default it stays blank.
def test_the_form_has_the_facts_that_are_scored(assess: Callable[..., Result], tmp_path: Path) -> None:
    facts = {"signed_anchors": 33}
    write_application(assess(facts=facts), tmp_path / "a.docx")
    write_application(assess(facts=facts, readings={"same_quantity": "equate"}), tmp_path / "b.docx")
    assert beside(tmp_path / "a.docx", "基地主播数量（人）") == ""
    assert beside(tmp_path / "b.docx", "基地主播数量（人）") == "33"


HOSTILE = [
    "<b>粗</b> & &amp; ]]> \"'",
    "{{ 7*7 }} {% for x in y %} {# 注 #} {%- raw -%} {{r x}} {%tr x %}",
    "{_{ 甲 }_} {_% 乙 %_} {%_ _%}",
    "=HYPERLINK(1) +1 -1 @x",
    "长" * 40_000,
]


# Whatever a value holds appears as it was typed: markup, template tags and their escapes, 40,000 characters.
@pytest.mark.parametrize("value", HOSTILE, ids=["markup", "jinja", "escapes", "formula", "long"])
def test_values_appear_literally(value: str, assess: Callable[..., Result], tmp_path: Path) -> None:
    result = assess(facts={"base_address": value, "report_cycle": value}, subject={"name": value[:1000]})
    write_application(result, tmp_path / "form.docx")
    assert beside(tmp_path / "form.docx", "基地地址") == value
    assert beside(tmp_path / "form.docx", "基地名称") == value[:1000]
    assert value in text_of(tmp_path / "form.docx")


# Characters that no XML can hold, or that turn the writing round, are replaced; lines and tabs stay.
def test_control_characters_are_replaced(assess: Callable[..., Result], tmp_path: Path) -> None:
    value = "a\x00\x07\x1b[31mb\u202ec\ufffe\nd\r\ne\tf\x0cg"
    write_application(assess(facts={"base_introduction": value}), tmp_path / "form.docx")
    assert beside(tmp_path / "form.docx", "基地基本情况简介") == "a��\ufffd[31mb�c�\nd\ne\tf�g"


# The template that lsstd writes, given back, makes the very same form; it bears no mark, so it is never written over.
def test_the_template_makes_the_form(filled: Result, tmp_path: Path) -> None:
    template = tmp_path / "template.docx"
    write_template(filled.standard, template)
    write_application(filled, tmp_path / "a.docx")
    write_application(filled, tmp_path / "b.docx", template)
    assert text_of(tmp_path / "a.docx") == text_of(tmp_path / "b.docx")
    assert "{{ form.live_rooms }}" in text_of(template)
    with pytest.raises(FileError):
        write_template(filled.standard, template)
    write_application(filled, tmp_path / "a.docx")  # lsstd's own, so it may be written anew
    assert Document(str(tmp_path / "a.docx")).core_properties.last_modified_by.startswith(MARK)


# A template edited in Word is filled: other wording, placeholders split over runs as Word leaves them, a header.
def test_an_edited_template_is_filled(filled: Result, tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("我们的直播间：")
    for piece in ("{", "{ form.li", "ve_rooms ", "}", "}"):
        paragraph.add_run(piece).bold = True
    document.sections[0].header.paragraphs[0].text = "{{ form.base_name }}"
    document.save(str(tmp_path / "own.docx"))
    write_application(filled, tmp_path / "form.docx", tmp_path / "own.docx")
    made = Document(str(tmp_path / "form.docx"))
    assert made.paragraphs[0].text == "我们的直播间：14"
    assert made.sections[0].header.paragraphs[0].text == "冰城直播电商共享基地（虚构）"


# A template that is of no use is refused with a reason: what it holds, and what would be right.
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ form.live_room }}", "是否指 live_rooms"),
        ("{{ live_rooms }}", "未知的占位符"),
        ("{{ form.firms.yes }}", "未知的占位符"),
        ("{{ form.firms", "占位符写法有误"),
        ("{% if form.firms %}", "占位符写法有误"),
        ("{% for x in range(99999999) %}{{ form.firms }}{% endfor %}", "占位符写法有误"),
        ("{{ ''.__class__.__mro__ }}", "未知的占位符"),
        ("{{ form.firms.__class__ }}", "未知的占位符"),
        ("{{ form.firms() }}", "未知的占位符"),
        ("{{ 1/0 }}", "未知的占位符"),
        ("{# form.firms #}", "占位符写法有误"),
    ],
)
@pytest.mark.parametrize("place", ["body", "footer"])
def test_templates_of_no_use(text: str, told: str, place: str, filled: Result, tmp_path: Path) -> None:
    document = Document()
    if place == "body":
        document.add_paragraph(text)
    else:
        document.add_paragraph("{{ form.firms }}")
        document.sections[0].footer.paragraphs[0].text = text
    document.save(str(tmp_path / "own.docx"))
    with pytest.raises(InvalidFile) as caught:
        write_application(filled, tmp_path / "form.docx", tmp_path / "own.docx")
    assert told in caught.value.to("zh")
    assert not (tmp_path / "form.docx").exists()


# A Word file without any placeholder of ours is not a template.
def test_a_template_has_placeholders(filled: Result, tmp_path: Path) -> None:
    Document().save(str(tmp_path / "own.docx"))
    with pytest.raises(InvalidFile, match="没有占位符"):
        write_application(filled, tmp_path / "form.docx", tmp_path / "own.docx")


# What is no Word file is refused by name: text, a spreadsheet, a broken or a bursting package, a folder, nothing.
def test_templates_that_are_no_word_files(filled: Result, tmp_path: Path) -> None:
    from openpyxl import Workbook

    write_template(filled.standard, tmp_path / "whole.docx")
    data = (tmp_path / "whole.docx").read_bytes()
    (tmp_path / "text.docx").write_text("{{ form.firms }}")
    (tmp_path / "short.docx").write_bytes(data[: len(data) // 2])
    Workbook().save(tmp_path / "sheet.docx")
    bomb = io.BytesIO(data)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/zeros", bytes(80 * 2**20))
    (tmp_path / "bomb.docx").write_bytes(bomb.getvalue())
    (tmp_path / "folder.docx").mkdir()
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(broken, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, b"<w:document" if entry.filename == "word/document.xml" else old.read(entry))
    (tmp_path / "broken.docx").write_bytes(broken.getvalue())
    with zipfile.ZipFile(tmp_path / "entities.docx", "w") as package:
        package.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>')
    for name in ("text", "short", "sheet", "bomb", "folder", "broken", "absent", "entities"):
        with pytest.raises(LsstdError) as caught:
            write_application(filled, tmp_path / "form.docx", tmp_path / f"{name}.docx")
        assert f"{name}.docx" in caught.value.to("en")


# A form is a .docx; a standard without a form has none to fill in.
def test_there_must_be_a_form(filled: Result, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="docx"):
        write_application(filled, tmp_path / "form.doc")
    with pytest.raises(InvalidFile, match="没有申报表"):
        write_application(load_standard("sz-supply-chain-collaboration"), tmp_path / "form.docx")


MADE_UP_FORM = {
    "clause": "C.1",
    "title": {"zh": "{{ 表 }} {% 一 %} <式>", "en": "form"},
    "groups": {
        "a": {
            "printed": "一、甲 {{ x }}",
            "gloss": {"zh": "甲", "en": "a"},
            "fields": {
                "items": {"printed": "条目 <&> {# #}", "gloss": {"zh": "x", "en": "x"}, "fact": "count_fact"},
                "in": {"printed": "文字", "gloss": {"zh": "x", "en": "x"}, "fact": "text_fact", "part_of": "items"},
                "last": {"printed": "单独", "gloss": {"zh": "x", "en": "x"}, "fact": "count_fact"},
            },
        },
        "b": {
            "printed": "乙",
            "gloss": {"zh": "乙", "en": "b"},
            "fields": {
                "keys": {"printed": "是否", "gloss": {"zh": "x", "en": "x"}, "fact": "flag_fact"},
                "pop": {"printed": "选", "gloss": {"zh": "x", "en": "x"}, "fact": "choice_fact"},
                "signed_by": {"printed": "签名", "gloss": {"zh": "x", "en": "x"}, "filled_by": "hand"},
            },
        },
    },
    "notes": {"注：{{ y }}": {"zh": "x", "en": "x"}},
}


# Any standard with a form gets one: other groups and kinds, names that a template language keeps, braces in wording.
def test_another_standards_form(made_up: Standard, tmp_path: Path) -> None:
    label = {"zh": "x", "en": "x"}
    value = read_plain(Path(__file__).parents[1] / "cases" / "made-up" / "standard.yaml").value
    value["form"] = MADE_UP_FORM
    value["facts"] |= {
        "count_fact": {"kind": "count", "label": label},
        "text_fact": {"kind": "text", "label": label},
        "flag_fact": {"kind": "boolean", "label": label},
        "choice_fact": {"kind": "choices", "label": label, "options": {"not": {"zh": "{% 非 %}", "en": "not"}}},
    }
    standard = parse_standard(Parsed(value), made_up.sha256, "made_up.yaml")
    write_template(standard, tmp_path / "template.docx")
    write_application(standard, tmp_path / "form.docx", tmp_path / "template.docx")
    text = text_of(tmp_path / "form.docx")
    for wording in ("{{ 表 }} {% 一 %} <式>", "一、甲 {{ x }}", "条目 <&> {# #}", "☐{% 非 %}", "注：{{ y }}"):
        assert wording in text
    rows = cells_of(tmp_path / "form.docx")
    assert [row for row in rows if row[0] in ("乙", "是否")] == [["乙"], ["是否", "☐是\u3000☐否"]]
    assert ["单独", ""] in rows


# A form whose notes or labels name what is not there is refused when the standard is read.
def test_a_fields_note_is_one_of_the_forms() -> None:
    parsed = read_plain(STANDARDS / "hlj-base-evaluation.yaml")
    parsed.value["form"]["groups"]["public_services"]["fields"]["professional_services"]["note"] = "注：无"
    with pytest.raises(InvalidFile, match=r"professional_services\.note"):
        parse_standard(parsed, "", "changed.yaml")


def pdf_text(path: Path) -> str:
    """Return the text that LibreOffice shows of a document, its lines joined and full-width forms evened out."""
    office, reader = shutil.which("soffice"), shutil.which("pdftotext")
    if not office or not reader:
        pytest.skip("LibreOffice or pdftotext is not installed")
    home = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    read = subprocess.run(
        [reader, "-raw", str(path.with_suffix(".pdf")), "-"], check=True, capture_output=True, timeout=60
    )
    return unicodedata.normalize("NFKC", "".join(read.stdout.decode().split()))


# Another program opens the form and shows what was filled in, hostile values too, on pages of A4.
@pytest.mark.slow
def test_libreoffice_shows_the_form(assess: Callable[..., Result], tmp_path: Path) -> None:
    told = {"base_address": HOSTILE[0], "head_name": HOSTILE[1], "base_introduction": "第一段\n第二段"}
    write_application(assess(facts=FULL | told, subject={"name": "基地 <甲> & {{ 乙 }}"}), tmp_path / "form.docx")
    shown = pdf_text(tmp_path / "form.docx")
    expected = ["基地<甲>&{{乙}}", "2021年5月", "5200.255", "☑", "☐", "云服务", "第一段第二段", "]]>", "{{7*7}}"]
    expected += ["时点数据为截至上一年度末数据", "市(地)财政主管部门意见(加盖公章)"]
    assert "草案" not in shown  # it is signed and stamped
    assert [text for text in expected if unicodedata.normalize("NFKC", text) not in shown] == []


# The command writes the form, lists on stderr what is missing, and is done (0); --json lists it for programs.
def test_the_command(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    run = lsstd("application", example("near_aaa"), "-o", tmp_path / "form.docx")
    assert run.status == 0
    assert run.out == ""
    assert "基地地址 ← base_address" in run.err
    assert beside(tmp_path / "form.docx", "基地直播间数量（间）") == "14"
    run = lsstd("application", example("near_aaa"), "-o", tmp_path / "form.docx", "--json", "--date", "2025-01-05")
    listed = json.loads(run.out)
    assert {"group": "基地负责人", "field": "head_name", "printed": "姓名", "fact": "head_name"} in listed["missing"]
    assert "filled_on" not in [entry["field"] for entry in listed["missing"]]
    assert (
        "fields have no data"
        in lsstd("application", example("near_aaa"), "-o", tmp_path / "form.docx", "--lang", "en").err
    )


# A standard's id or file gives the blank form, or with --as-template its template; mistakes are told, with status 1.
def test_the_command_without_an_assessment(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    for source in ("hlj-base-evaluation", STANDARDS / "hlj-base-evaluation.yaml"):
        run = lsstd("application", source, "-o", tmp_path / "blank.docx")
        assert (run.status, "留空" in run.err) == (0, False)
    assert lsstd("application", "hlj-base-evaluation", "-o", tmp_path / "t.docx", "--as-template").status == 0
    again = lsstd("application", "hlj-base-evaluation", "-o", tmp_path / "t.docx", "--as-template")
    assert (again.status, "--force" in again.err) == (1, True)
    filled = lsstd("application", example("near_aaa"), "--template", tmp_path / "t.docx", "-o", tmp_path / "form.docx")
    assert filled.status == 0
    wrong = lsstd("application", "hlj-base-evaluatoin", "-o", tmp_path / "blank.docx")
    assert (wrong.status, "hlj-base-evaluation" in wrong.err) == (1, True)
    late = lsstd("application", example("near_aaa"), "-o", tmp_path / "form.docx", "--date", "2025-02-30")
    assert (late.status, "完整日期" in late.err) == (1, True)


def with_template(standard: Standard, folder: Path, change: Callable[[str], str]) -> Path:
    """Return the form's template with its XML changed."""
    write_template(standard, folder / "t.docx", force=True)
    with zipfile.ZipFile(folder / "t.docx") as old, zipfile.ZipFile(folder / "changed.docx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()).encode() if name == "word/document.xml" else content)
    return folder / "changed.docx"


# What looks like a placeholder and would stay in the finished form is told; what was deleted on record is gone.
@pytest.mark.parametrize(
    "wrong", ["｛｛ form.base_name ｝｝", "{ form.base_name }", "｛form.base_name｝", "{{form.base_name｝｝"]
)
def test_braces_that_would_stay(wrong: str, standard: Standard, tmp_path: Path) -> None:
    path = with_template(standard, tmp_path, lambda xml: xml.replace("{{ form.base_name }}", wrong))
    with pytest.raises(InvalidFile, match=r"base_name.*\{\{ form.field \}\}"):
        write_application(standard, tmp_path / "x.docx", path)
    assert not (tmp_path / "x.docx").exists()


def test_tracked_deletions(standard: Standard, tmp_path: Path) -> None:
    deleted = '<w:del w:id="1" w:author="a"><w:r><w:delText>{{ form.wrong }}</w:delText></w:r></w:del></w:p>'
    path = with_template(standard, tmp_path, lambda xml: xml.replace("</w:p>", deleted, 1))
    write_application(standard, tmp_path / "x.docx", path)
    assert "wrong" not in text_of(tmp_path / "x.docx")


# Other kinds of Word files are told as what they are.
@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), r"\.doc\)"),
     (b"{\\rtf1", r"\.rtf"), (bytes(99), "zero bytes")],
)  # fmt: skip
def test_other_kinds_of_templates(content: bytes, told: str, standard: Standard, tmp_path: Path) -> None:
    (tmp_path / "t.docx").write_bytes(content)
    with pytest.raises(FileError, match=told):
        write_application(standard, tmp_path / "x.docx", tmp_path / "t.docx")


# What stays blank stands below its heading, in the language of the reader; a group without one is named all the same.
def test_blank_fields_stand_below_their_headings(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    arguments = ("application", example("small_rural"), "-o", tmp_path / "form.docx")
    english, chinese = (lsstd(*arguments, "--lang", lang).err.splitlines() for lang in ("en", "zh"))
    assert english[english.index("  · name ← head_name") - 1] == "Head of the base"
    workers = english.index("  · people who work for the e-commerce firms ← ecommerce_workers")
    assert english[workers - 1] == "Size and business"
    assert not any(re.search("[一-鿿]", line) for line in english)
    assert "规模与经营" in chinese
