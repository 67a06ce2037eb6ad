"""What a report rests on travels with it: enough to compute every number again, and nobody's telephone number."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsstd import load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.narrative import narrative
from lsstd.files.cases import Case
from lsstd.files.places import STANDARDS, data, example, examples
from lsstd.files.reading import read_plain
from lsstd.pages.blocks import Figure, Pairs, Table
from lsstd.reports.record import Basis, basis_of, digest_of, used_facts, without_contacts
from lsstd.reports.render import whole_page
from lsstd.reports.report_types import READERS, has_points, read_base, read_impact, sections
from lsstd.reports.verify import html_lines
from lsstd.words import Lang

SCORED = [name for name in examples() if has_points(example(name))]
STANDARD = load_standard("hlj-base-evaluation")  # read here, not while hypothesis measures how fast it draws
LANGS: tuple[Lang, ...] = ("zh", "en")


def travelled(basis: Basis) -> Basis:
    return basis_of(json.loads(json.dumps(basis.plain(), ensure_ascii=False)))


def lines(basis: Basis, lang: Lang) -> list[Any]:
    return html_lines(whole_page(sections(basis, lang), "", lang))


# From what travelled every line of every example's report comes out the same, under reforms and readings too.
@pytest.mark.parametrize("name", SCORED)
def test_every_line_comes_out_again(name: str) -> None:
    reform = str(data() / "reforms" / "rural_weight.yaml")
    more = [{"readings": {"compound_rows": "all"}, "reforms": [reform]}] if not name.startswith("studio") else []
    for options in ({}, *more):
        basis = read_base(name, **options)
        again = travelled(basis)
        assert again.sha256 == basis.sha256
        for lang in LANGS:
            assert lines(again, lang) == lines(basis, lang)


# The cover says who issues the report, of which day it is, and a number that follows from the data; all of it travels.
@pytest.mark.parametrize("lang", LANGS)
def test_the_cover_identifies_the_report(lang: Lang) -> None:
    own, other = READERS["base"](assessment="near_aaa"), READERS["base"](assessment="near_aaa", issuer="商务厅")
    fronts = [sections(basis, lang)[0].blocks for basis in (own, other, travelled(other))]
    covers = [dict(block.rows) for blocks in fronts for block in blocks if isinstance(block, Pairs)]
    issuer, day, number = (
        ("编制单位", "数据截止日", "文件编号") if lang == "zh" else ("Issued by", "Reference day", "Document no.")
    )
    assert [cover[issuer] for cover in covers] == [own.subject, "商务厅", "商务厅"]
    assert {cover[day] for cover in covers} == {"2024-12-31"}
    assert covers[0][number] == f"BASE-20241231-{own.sha256[:8]}-{lang}".upper()
    assert covers[0][number] != covers[1][number] == covers[2][number]


# In every report headings, tables and figures are numbered without a gap, and the contents name each section.
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", READERS)
def test_everything_is_numbered(kind: str, lang: Lang) -> None:
    cover, *rest = sections(READERS[kind](**({"assessment": "near_aaa"} if kind == "base" else {})), lang)
    assert [section.number for section in rest] == [str(number) for number in range(1, len(rest) + 1)]
    assert cover.blocks[-1].entries == tuple((section.heading, section.key) for section in rest)  # type: ignore[union-attr]
    for block_type, word in (
        (Table, "表 {}　" if lang == "zh" else "Table {}. "),
        (Figure, "图 {}　" if lang == "zh" else "Figure {}. "),
    ):
        captions = [block.caption for section in rest for block in section.blocks if isinstance(block, block_type)]
        assert all(caption.startswith(word.format(place)) for place, caption in enumerate(captions, 1))
        assert len(captions) > 1 or block_type is Figure
    assert next(section.key.split(".")[1] for section in rest if section.begins_page) == "summary"
    assert len([section for section in rest if section.begins_page]) == 2


# The same for a reform's impact: the table of the subjects travels.
def test_an_impact_comes_out_again() -> None:
    basis = read_impact()
    for lang in LANGS:
        assert lines(travelled(basis), lang) == lines(basis, lang)


# Without notes, contacts and other facts that nothing rests on, the result is the same, findings included.
@pytest.mark.parametrize("name", SCORED)
def test_nothing_that_counts_is_left_out(name: str) -> None:
    from lsstd.files.cases import evaluate_file

    found, whole = read_base(name).result, evaluate_file(example(name))
    assert found.to_dict() == whole.to_dict()
    assert narrative(found) == narrative(whole)


SECRET = "绝不外传13812345678"


# Nothing that tells whom to call, no note and no name of an evidence file travels, wherever a form asks for it.
def test_no_contact_travels() -> None:
    standard = load_standard("hlj-base-evaluation")
    given = read_plain(example("near_aaa")).value
    own = {
        key: SECRET if fact.kind == "text" else ["x"]
        for key, fact in standard.facts.items()
        if fact.identifying or fact.kind == "text"
    }
    own = {key: value for key, value in own.items() if isinstance(value, str) and not standard.facts[key].identifier}
    assert len(own) > 15
    given["facts"] |= own
    given["subject"]["groups"] = {"manager": SECRET}
    given["answers"]["village_rooms"] = {
        "state": "met", "note": SECRET, "evidence": [{"file": SECRET, "issuer": SECRET, "note": SECRET}],
    }  # fmt: skip
    case = without_contacts(Case("a", standard, parse_assessment(standard, given), {}))
    assert SECRET not in json.dumps(Basis("base", standard, cases=(case,)).plain(), ensure_ascii=False)


# What a result rests on is known of every standard: leaving out any other fact changes no line of the report.
@given(st.data())
def test_other_facts_change_nothing(drawn: st.DataObject) -> None:
    standard = STANDARD
    case = Case("a", standard, parse_assessment(standard, read_plain(example("near_aaa")).value), {})
    others = sorted(key for key, f in standard.facts.items() if key not in used_facts(standard) and f.kind == "count")
    chosen = drawn.draw(st.dictionaries(st.sampled_from(others), st.integers(0, 9), max_size=3))
    more = Case("a", standard, case.assessment.with_facts(chosen), {})
    assert more.evaluate().to_dict() == case.evaluate().to_dict()


# A hash tells what was changed, the order of rows and options included.
def test_the_hash_is_of_the_content() -> None:
    assert digest_of({"a": 1, "b": [1, 2]}) != digest_of({"b": [1, 2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
    basis = read_base("near_aaa")
    assert basis.under(load_standard(STANDARDS / "hlj-base-evaluation.yaml")).sha256 == basis.sha256


# A population that is too large to travel goes by its hash.
def test_a_large_population_stays_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsstd.reports.record.LARGEST_TABLE", 100)
    plain = read_impact().plain()
    assert plain["population"]["csv"] == ""
    assert len(plain["population"]["sha256"]) == 64
    assert basis_of(plain).population is None
