"""The Heilongjiang standard as data, held against the document that it quotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from quotations import bare

from lsstd.exact import total
from lsstd.files.strict_yaml import read_text
from lsstd.standard.document import FormField
from lsstd.standard.models import Model
from lsstd.standard.readings import OPTIONS
from lsstd.standard.standard import Standard
from lsstd.words import Text

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "lsstd" / "standards" / "hlj-base-evaluation.yaml"


@pytest.fixture(scope="module")
def standard() -> Standard:
    return Standard.model_validate(read_text(FILE.read_text(encoding="utf-8"), FILE.name))


@pytest.fixture(scope="module")
def printed(source_text: Callable[[str], str]) -> str:
    """The text of the source document, line by line."""
    return source_text(FILE.stem)


@pytest.fixture(scope="module")
def document(printed: str) -> str:
    """The text of the source document without white space."""
    return bare(printed)


def form_fields(standard: Standard) -> dict[str, FormField]:
    """Every field of the application form, in order."""
    assert standard.form
    return {field.id: field for group in standard.form.groups.values() for field in group.fields.values()}


def modal(text: str) -> str | None:
    """Return the verb that makes a wording a requirement, a recommendation or a permission."""
    found = re.search(r"严禁|(?<![相供反对])应(?!急)|宜|(?<!许)可(?![靠操加])", text)
    return found and found.group()


def words(thing: Any, place: str = "") -> Iterator[tuple[str, Text]]:
    """Every text in two languages that a standard holds, with its place."""
    if isinstance(thing, Text):
        yield place, thing
    elif isinstance(thing, Model):
        for name in type(thing).model_fields:
            yield from words(getattr(thing, name), f"{place}.{name}")
    elif isinstance(thing, dict | tuple):
        for key, value in thing.items() if isinstance(thing, dict) else enumerate(thing):
            yield from words(value, f"{place}.{key}")


# A heading or provision stands beside its number, which the extraction sometimes puts behind it.
def test_clauses_stand_beside_their_number(standard: Standard, document: str) -> None:
    for number, entry in standard.clauses.items():
        for wording in [entry.text or "", *([entry.title.zh] if entry.title else [])]:
            heading = f"{number}{entry.title}{wording}"
            around = [f"{number}{wording}", f"{wording}{number}", f"附录{number}（规范性）{wording}", heading]
            assert any(bare(words) in document for words in around), (number, wording)


# Every number that stands before a line of the text, or behind a heading, is a clause of the file, in that order.
def test_no_clause_is_left_out(standard: Standard, printed: str) -> None:
    text = printed[: printed.index("附 录 A")]
    numbers = re.findall(r"^ *(\d(?:\.\d)*) ", text, re.MULTILINE) + re.findall(r" (\d\.\d) *$", text, re.MULTILINE)
    assert list(standard.clauses) == [*sorted(set(numbers)), "A", "A.1", "B", "B.1"]


# Headings have titles; the scope and whatever is worded as a provision in chapters 4 to 9 and the annexes is quoted.
def test_scope_and_chapters_four_to_nine_are_quoted(standard: Standard) -> None:
    for number, entry in standard.clauses.items():
        retold = number[0] in "23"
        heads_others = any(other.startswith(f"{number}.") for other in standard.clauses)
        assert (entry.text is None) == (retold or heads_others), number
        assert (entry.provision is not None) == (entry.text is not None or number == "2"), number
        assert entry.title or entry.text


# A clause's gloss retells the provision: it is short and repeats no long run of its words.
def test_clause_glosses_retell(standard: Standard) -> None:
    for number, entry in standard.clauses.items():
        assert len(entry.gloss.zh) <= 30
        assert len(entry.gloss.en) <= 110
        match = SequenceMatcher(None, entry.gloss.zh, entry.text or "", autojunk=False).find_longest_match()
        assert match.size <= 8, (number, entry.gloss.zh)


# Foreword and the set phrases of chapters 2 and 3 are explanatory: no sentence of theirs stands in the file.
def test_no_explanatory_prose_is_quoted(document: str) -> None:
    file = bare(FILE.read_text(encoding="utf-8").replace("\\\n", ""))
    foreword, between = document[: document.index("1范围")], document.partition("2规范性引用文件")[2]
    prose = foreword + between[: between.index("DB23/T2953")] + "下列术语和定义适用于本文件。"
    sentences = [sentence for sentence in re.split("[。；：]", prose) if len(sentence) > 12]
    assert len(sentences) >= 6
    assert [sentence for sentence in sentences if sentence in file] == []


# Each number that the foreword, chapter 2 or a clause cites is spelled in the file as it is spelled there.
def test_references_are_spelled_as_in_their_clause(standard: Standard) -> None:
    cited = {clause: number for reference in standard.references for clause, number in reference.printed.items()}
    assert cited == {"前言": "GB/T 1.1—2020", "2": "DB23/T 2953—2021", "4.3": "DB/T 2953—2021"}
    assert cited["4.3"] in (standard.clauses["4.3"].text or "")


# Table 1 prints the indicators in the order of Annex B, under the annex's names or those noted as printed there.
def test_table_one_prints_the_indicators(standard: Standard, document: str) -> None:
    names = [node.also_printed.get("7.1", node.name.zh) for node in standard.indicators.values()]
    assert "一级指标二级指标" + "".join(names) + "等级划分7.2" in document
    assert {node.id for node in standard.indicators.values() if node.also_printed} == {"management"}


# The steps of the procedure stand in the order of their clauses, and a period has the number that the clause prints.
def test_procedure_follows_the_clauses(standard: Standard) -> None:
    numbers = [step.clause for step in standard.procedure.values()]
    assert numbers == sorted(numbers)
    provisions = [number for number, entry in standard.clauses.items() if entry.text]
    assert [number for number in provisions if number[0] in "89"] == [n for n in numbers if n[0] in "89"]
    for step in standard.procedure.values():
        for digits in re.findall(r"\d+", step.period.zh if step.period else ""):
            assert digits in (standard.clauses[step.clause].text or "")


# The form holds every label of Annex A in printed order, and nothing but boxes and blanks is left between them.
def test_form_is_complete_and_in_printed_order(standard: Standard, document: str) -> None:
    assert standard.form
    title = f"表{standard.form.clause}{standard.form.title.zh}"
    start, end = document.rindex(title) + len(title), document.rindex("附录B")
    between = []
    for group in standard.form.groups.values():
        for label in map(bare, [group.printed, *(field.printed for field in group.fields.values())]):
            found = document.index(label, start)
            between.append(document[start:found])
            start = found + len(label)
    left = "".join(between) + document[start:end]
    options = [o.zh for fact in standard.facts.values() if fact.kind == "choices" for o in fact.options.values()]
    for boxes in [*("□" + option for option in options), *map(bare, standard.form.notes), "□是", "□否"]:
        left = left.replace(boxes, "")
    assert re.sub("[_。，；]", "", left) == "年月日" + "个家" + "①" + "BB"


# The form has 78 fields: 71 of facts, the base's name, the date, and five that are filled in by hand.
def test_form_has_seventy_eight_fields(standard: Standard) -> None:
    filled = Counter(field.filled_by for field in form_fields(standard).values())
    assert filled == {"fact": 71, "subject_name": 1, "date": 1, "hand": 5}


# A field of a fact bears the fact's id, and its unit where the label prints one; the others have no fact.
def test_fields_are_tied_to_their_facts(standard: Standard) -> None:
    squares = {"平方米": "m²", "年/月": None, "单位": None, "个": "家"}
    for field in form_fields(standard).values():
        assert (field.fact is not None) == (field.filled_by == "fact")
        if field.fact:
            assert field.id == field.fact
            unit = standard.facts[field.fact].unit
            for told in re.findall("（([^（）、]+)）", field.printed)[:1]:
                assert (unit and unit.zh) in (told, squares.get(told, told)), field.id


# A yes-or-no question is a boolean fact and prints its boxes; nothing else does.
def test_questions_are_booleans(standard: Standard, document: str) -> None:
    for field in form_fields(standard).values():
        boxes = re.search(re.escape(bare(field.printed)) + "①?□是", document) is not None
        assert boxes == bool(field.fact and standard.facts[field.fact].kind == "boolean"), field.id


# A sub-total or follow-up names a field before it, and every sub-total (其中) is checked against its total.
def test_sub_totals_belong_to_a_field_and_are_checked(standard: Standard) -> None:
    fields = form_fields(standard)
    checks = {(check.left, check.operator, check.right) for check in standard.cross_checks.values()}
    for field in fields.values():
        if field.part_of:
            assert list(fields).index(field.part_of) < list(fields).index(field.id)
        if field.printed.startswith("其中："):
            assert field.part_of
            assert (field.fact, "<=", fields[field.part_of].fact) in checks


# Whatever tells who the applicant is, or whom to call, is marked so; the credit code's check digit can be verified.
def test_identifying_facts_are_marked(standard: Standard) -> None:
    marked = {fact.id for fact in standard.facts.values() if fact.identifying}
    telling = r"姓名|职务|电话|手机|传真|邮件|地址|代码|名称|简介|称号"
    assert marked == {fact.id for fact in standard.facts.values() if re.search(telling, fact.label.zh)}
    assert [fact.id for fact in standard.facts.values() if fact.identifier] == ["operator_code"]
    assert [fact.id for fact in standard.facts.values() if fact.signed] == ["profit_10k_yuan"]


# A cross-check compares numbers that exist, and no percentage may pass 100.
def test_cross_checks_compare_numbers(standard: Standard) -> None:
    for check in standard.cross_checks.values():
        sides = [standard.facts[side] for side in (check.left, check.right) if isinstance(side, str)]
        assert all(fact.kind in ("number", "count", "percent") for fact in sides)
        units = [fact.unit for fact in sides if fact.unit]
        assert len(units) == len(sides)
        assert 1 in (len({unit.en for unit in units}), len({unit.zh for unit in units}))  # 家 counts firms and tenants
        assert check.clause in standard.clauses
    shares = {fact.id for fact in standard.facts.values() if fact.kind == "percent"}
    assert shares == {check.left for check in standard.cross_checks.values() if check.right == 100}


# What the form asks for bears on the rows whose wording names it, as row 21 counts certified farm products.
def test_fields_bear_on_rows_whose_wording_names_them(standard: Standard) -> None:
    rows = {row.id: row.row for row in standard.criteria.values()}
    bears = {field.id: {rows.get(name, name) for name in field.bears_on} for field in form_fields(standard).values()}
    assert bears["farm_certifications"] == {21}
    assert bears["statistics_reports"] == bears["information_submitted"] == {18}
    assert bears["green_plan"] == bears["innovation_incentives"] == {43}
    assert bears["research_partnership"] == {43, 45}
    assert bears["ecommerce_trainees"] == {12, 23, 26}
    assert {11, 40} < bears["professional_services"]
    assert {46, 47} < bears["unsold_goods_help"]
    assert bears["operator_address"] == {"operator"}
    assert bears["revenue_10k_yuan"] == bears["anchor_followers"] == bears["head_phone"] == set()


# A field never bears on what its own fact decides: that link follows from the fact.
def test_fields_do_not_bear_on_what_they_decide(standard: Standard) -> None:
    deciding = {(place.split(".")[1], fact) for place, fact in standard.questions() if not place.startswith("form.")}
    for field in form_fields(standard).values():
        assert not {(name, field.fact) for name in field.bears_on} & deciding, field.id


# Every condition and row has one to three kinds of evidence, and every kind serves one of them.
def test_evidence_is_suggested_everywhere(standard: Standard) -> None:
    used: set[str] = set()
    for entry in (*standard.conditions.values(), *standard.criteria.values()):
        assert 1 <= len(entry.evidence) == len(set(entry.evidence)) <= 3, entry.id
        used |= set(entry.evidence)
    assert used == set(standard.evidence_kinds)


# Every text that has two languages has both.
def test_every_text_is_given_in_both_languages(standard: Standard) -> None:
    assert [place for place, text in words(standard) if not text.zh.strip() or not text.en.strip()] == []


# The rows stand in the document in the order of their numbers, each after the one before.
def test_rows_stand_in_the_order_of_the_document(standard: Standard, document: str) -> None:
    start = document.index("表B.1直播电商共享基地建设与运营评价指标及分值")
    for row in standard.criteria.values():
        start = document.index(bare(row.text), start) + len(bare(row.text))


# Table B.1 has 52 rows, numbered from 1 on; 51 have points, the one on legal compliance has none.
def test_table_has_fifty_two_rows_of_which_one_has_no_points(standard: Standard) -> None:
    assert [row.row for row in standard.criteria.values()] == list(range(1, 53))
    assert [row.id for row in standard.criteria.values() if row.max_score is None] == ["legal_compliance"]
    assert len(standard.scored_rows) == 51


# The rows under each indicator add up to the points printed beside its name, and all of them to 500.
def test_points_add_up_to_the_printed_sums(standard: Standard) -> None:
    def points(node: str) -> object:
        rows = (row.max_score for row in standard.rows_of[node] if row.max_score is not None)
        return total([*rows, *(points(child.id) for child in standard.children_of[node])])

    assert {node.id: points(node.id) for node in standard.indicators.values()} == {
        node.id: node.printed_score for node in standard.indicators.values()
    }
    assert standard.maximum == 500


# There are 4 indicators of the first level and 12 of the second, and rows stand only under the second.
def test_tree_has_four_and_twelve_indicators(standard: Standard) -> None:
    first = standard.children_of[None]
    assert [node.name.zh for node in first] == ["基地建设", "基地管理", "运营服务", "安全保障"]
    assert sum(len(standard.children_of[node.id]) for node in first) == 12
    assert len(standard.indicators) == 16
    assert all(not standard.rows_of[node.id] for node in first)


# Every number in a row's wording (but the name 5G) is the threshold of one of its parts; there are no others.
def test_every_number_of_a_row_is_a_threshold(standard: Standard) -> None:
    for row in standard.criteria.values():
        printed = Counter(int(number) for number in re.findall(r"\d+", row.text.replace("5G", "")))
        assert Counter(part.test.value for part in row.parts.values() if part.test) == printed, row.id
    tests = [part.test for row in standard.criteria.values() for part in row.parts.values() if part.test]
    assert len(tests) == 16


# The text of a part is a piece of its row's text, and a part with a threshold prints the number.
def test_parts_quote_their_row(standard: Standard) -> None:
    for row in standard.criteria.values():
        for part in row.parts.values():
            assert part.text in row.text
            assert part.test is None or str(part.test.value) in part.text


# The numbers in conditions 5.1.3 to 5.1.5 are the values of their tests; 5.1.1 writes its one year as a word.
def test_every_number_of_a_condition_is_tested(standard: Standard) -> None:
    for condition in standard.conditions.values():
        printed = re.findall(r"\d+", condition.text) or (["1"] if "一年以上" in condition.text else [])
        tested = [str(test.value) for test in condition.tests if not isinstance(test.value, bool)]
        assert tested == printed, condition.id
    clauses = [condition.clause for condition in standard.conditions.values()]
    assert clauses == [f"5.1.{n}" for n in range(1, 7)]


# A row's verb stands in its wording, and makes it the kind of provision that GB/T 1.1—2020 ties to it.
def test_verbs_make_the_kind_of_provision(standard: Standard) -> None:
    kinds = {"应": "requirement", "严禁": "requirement", "宜": "recommendation", "可": "permission"}
    rows = [(row.id, row.text, row.provision) for row in standard.criteria.values()]
    clauses = [(number, c.text, c.provision) for number, c in standard.clauses.items() if c.text and c.provision]
    for place, text, provision in rows + clauses:
        assert provision.verb == modal(text), place
        assert provision.kind == kinds.get(provision.verb or "", provision.kind)
        assert (provision.kind in kinds.values()) == (provision.verb is not None), place


# The ends of a band, as parsed, are the numbers printed.
def test_bands_are_parsed_as_printed(standard: Standard) -> None:
    for band in standard.bands:
        ends = [end.value for end in (band.lower, band.upper) if end is not None]
        assert ends == [int(number) for number in re.findall(r"\d+", band.printed)]
    assert standard.grades == ("AAAA", "AAA", "AA", "A")


# An id names one thing in the whole standard.
def test_ids_are_unique_over_the_standard(standard: Standard) -> None:
    parts = [part for row in standard.criteria.values() for part in row.parts]
    places = [standard.facts, standard.conditions, standard.vetoes, standard.indicators, standard.criteria]
    by_hand = [field.id for field in form_fields(standard).values() if not field.fact]
    assert standard.form
    others = [standard.form.groups, by_hand, standard.terms, standard.procedure, standard.cross_checks]
    ids = Counter(id for place in [*places, parts, *others, standard.evidence_kinds] for id in place)
    assert [id for id, count in ids.items() if count > 1] == []


# Every fact is used by a test, a date, a field of the form or a cross-check, and none is used that does not exist.
def test_facts_named_exist_and_are_used(standard: Standard) -> None:
    tests = [test for condition in standard.conditions.values() for test in condition.tests]
    tests += [veto.test for veto in standard.vetoes.values()]
    tests += [part.test for row in standard.criteria.values() for part in row.parts.values() if part.test]
    dates = {fact.years_since for fact in standard.facts.values() if fact.years_since}
    asked = {field.fact for field in form_fields(standard).values() if field.fact}
    checked = {side for check in standard.cross_checks.values() for side in (check.left, check.right)}
    used = {test.fact for test in tests} | dates | asked | {side for side in checked if isinstance(side, str)}
    assert used == set(standard.facts)
    assert {fact for pair in standard.same_quantities for fact in pair.facts} <= set(standard.facts)
    for test in tests:
        assert isinstance(test.value, bool) == (standard.facts[test.fact].kind == "boolean")


# The file answers every question that the engine can put, with the engine's default first.
def test_readings_are_those_of_the_engine(standard: Standard) -> None:
    assert {key: tuple(reading.options) for key, reading in standard.readings.items()} == OPTIONS


# What lsstd adds in its own words exists in both languages, and a gloss is a label, not the wording again.
def test_glosses_are_short_labels(standard: Standard) -> None:
    for row in standard.criteria.values():
        for thing in (row, *row.parts.values()):
            assert thing.gloss.zh != thing.text.rstrip("。")
            assert 0 < len(thing.gloss.zh) <= 16
            assert 0 < len(thing.gloss.en) <= 70
