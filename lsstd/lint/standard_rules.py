"""Rules on an encoded standard: sums, bands, rows, quantities, terms, and what its scoring leaves open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import combinations, pairwise

from lsstd.engine.remarks import standard_remarks, unreachable
from lsstd.exact import shown
from lsstd.lint.number_rules import BELOW_IS_SAID, FORMS_THE_RESULT, NAME_BELOW, OPEN_QUESTIONS, WITHOUT_GAPS, gap_text
from lsstd.lint.rule import BONUS, THRESHOLD, Fault, RuleBook
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, noted, same

ENCODED = RuleBook[Standard](msg("encoded standards"))
rule = ENCODED.rule
_FORM = msg("standards with a form")
_RESULT = msg("it decides results")


def _at(row: Criterion, message: Text, right: Text, reading: str | None = None) -> Fault:
    return Fault(row.clause, message, right, row.text, reading)


def _remarked(faults: Iterable[tuple[str, Text | str, Text | str]]) -> Iterator[Fault]:
    """Tell remarks on a standard, whose places are paths."""
    for place, found, expected in faults:
        right = expected if isinstance(expected, Text) else same(expected)
        yield Fault("", msg("{place}: {found}", place=place, found=found), right, place)


@rule("E101", "error", msg("printed sums are those of their rows"), _RESULT)
def sums_add_up(standard: Standard) -> Iterator[Fault]:
    """The points printed beside an indicator are the sum of those below it."""
    yield from _remarked(remark for remark in standard_remarks(standard) if remark[0].endswith("printed_score"))


@rule("E102", "error", msg("every grade can be reached, and every indicator has rows"), _RESULT)
def grades_can_be_reached(standard: Standard) -> Iterator[Fault]:
    """No band begins above what all rows together can bring."""
    yield from _remarked(unreachable(standard))


def finest_step(standard: Standard) -> Fraction:
    """Return the finest step in which totals grow where each part of a row earns an equal or weighted share."""
    shares = [Fraction(standard.rounding_step)]
    for row in standard.scored_rows:
        weight = sum(part.weight for part in row.parts.values()) or 1
        shares += [Fraction(row.max_score or 0) * Fraction(part.weight) / weight for part in row.parts.values()]
        shares += [Fraction(standard.reach[row.id])]
    known = [share for share in shares if share > 0]
    base = math.lcm(*(share.denominator for share in known))
    return Fraction(math.gcd(*(int(share * base) for share in known)), base)


@rule("E103", "error", msg("grade bands leave no score between them"), _RESULT, msg("standards with bands"))
def bands_leave_no_gap(standard: Standard) -> Iterator[Fault]:
    """A total between two bands, at the finest step that the rows allow, belongs to no grade."""
    step, places = finest_step(standard), [("bands", standard.bands)]
    places += [(f"tables.{table.id}.bands", table.bands) for table in standard.tables.values()]
    for place, bands in places:
        for above, below in pairwise(bands):
            if above.lower is None or below.upper is None:
                continue
            low, high = Fraction(below.upper.value), Fraction(above.lower.value)
            first = (low // step + (0 if low % step == 0 and not below.upper.closed else 1)) * step
            middle = (low + high) / 2
            first = middle if first < middle and middle % step == 0 else first
            if first < high or (first == high and not above.lower.closed):
                message = gap_text(first, (below.grade, low), (above.grade, high))
                yield Fault("", message, WITHOUT_GAPS, f"{place}.{above.grade}", "between_bands")


@rule("E104", "info", *BELOW_IS_SAID)
def nothing_below_the_lowest(standard: Standard) -> Iterator[Fault]:
    """A score below every band has a name."""
    if standard.bands and standard.bands[-1].lower and standard.below is None:
        lowest = standard.bands[-1]
        message = msg("below {low} nothing is said", low=shown(lowest.lower.value if lowest.lower else 0))
        yield Fault("", message, NAME_BELOW, f"bands.{lowest.grade}")


_QUOTED = msg("standards whose clauses are quoted")


@rule("E105", "error", msg("as many grades are listed as are announced"), _RESULT, _QUOTED)
def grades_as_announced(standard: Standard) -> Iterator[Fault]:
    """A clause that says how many grades there are agrees with the bands."""
    for clause, entry in standard.clauses.items():
        found = re.search(r"(\d{1,2})\s?个?(?:等级|级别)", entry.text or "")
        if found and standard.grades and int(found[1]) != len(standard.grades):
            message = msg(
                "{announced} grades are announced, {count} are listed: {grades}",
                announced=found[1],
                count=len(standard.grades),
                grades=", ".join(standard.grades),
            )
            yield Fault(clause, message, msg("correct the number, or add what is missing"), entry.text or "")


@rule("E106", "warning", msg("one thing has one name in all tables"), "4.2")
def one_name_in_all_tables(standard: Standard) -> Iterator[Fault]:
    """An indicator that another table prints under another name."""
    for node in standard.indicators.values():
        for clause, other in node.also_printed.items():
            name = node.name
            message = msg("{other} in {clause}, {name} in the table of points", other=other, clause=clause, name=name)
            yield Fault(clause, message, msg("name it alike in both"), node.id)


@rule("E107", "warning", msg("an indicator and those below it need different names"), "4.2")
def parents_and_children_differ(standard: Standard) -> Iterator[Fault]:
    """A parent, under any of its printed names, is called otherwise than its children."""
    for node in standard.indicators.values():
        for child in standard.children_of[node.id]:
            if child.name.zh in (node.name.zh, *node.also_printed.values()):
                above, below = node.id, child.id
                message = msg(
                    "{name} is the name of {parent} and of {child}", name=child.name, parent=above, child=below
                )
                yield Fault(next(iter(node.also_printed), ""), message, msg("rename one of them"), child.id)


@rule("E108", "warning", msg("every row has points"), msg("whether such a row counts is left open"))
def every_row_has_points(standard: Standard) -> Iterator[Fault]:
    """A row without points may be a gate, or mere information."""
    for row in standard.criteria.values():
        if row.max_score is None:
            message = msg("row {row} has no points: {text}", row=row.row, text=row.gloss)
            yield _at(row, message, msg("give it points, or make it a condition"), "unscored_row")


@rule("E109", "warning", *BONUS)
def bonuses_have_amounts(standard: Standard) -> Iterator[Fault]:
    """A bonus within a row says how many points it adds."""
    for row, part in ((one, part) for one in standard.criteria.values() for part in one.parts.values()):
        if part.bonus and part.points is None:
            message = msg("row {row}: a bonus without amount: {text}", row=row.row, text=part.gloss)
            yield Fault(row.clause, message, msg("say how many points, and up to what"), part.text, "bonus")


def _rows(rows: list[Criterion]) -> Text:
    return join(same(row.row) for row in rows)


def _worth(rows: list[Criterion]) -> str:
    return shown(sum((Fraction(row.max_score or 0) for row in rows), Fraction()))


@rule("E110", "warning", msg("what is scored is demanded"), "C.3")
def recommendations_cost_no_points(standard: Standard) -> Iterator[Fault]:
    """宜 on a row with points leaves open whether it may cost any."""
    if found := [row for row in standard.scored_rows if row.is_recommended]:
        message = msg("rows {rows} recommend, and are worth {points} points", rows=_rows(found), points=_worth(found))
        yield _at(found[0], message, msg("demand it, or leave it out of the points"), "recommended_rows")


_ONE_THING = msg("one row asks one thing, or says how its points are divided")


@rule("E111", "warning", _ONE_THING, msg("what part earns what is left open"))
def demands_share_points_openly(standard: Standard) -> Iterator[Fault]:
    """Several demands, one number of points, no rule."""
    if found := [row for row in standard.scored_rows if len(row.parts) > 1 and row.rule is None]:
        count, points, rows = len(found), _worth(found), _rows(found)
        message = msg(
            "{count} rows with {points} points hold several demands each: {rows}", count=count, points=points, rows=rows
        )
        yield _at(found[0], message, msg("divide the points, or say that all must be met"), "compound_rows")


@rule("E112", "warning", *THRESHOLD)
def quantities_have_a_threshold(standard: Standard) -> Iterator[Fault]:
    """数量, 场次, 时长 without a number."""
    for row in standard.scored_rows:
        found = re.search(r"(数量|场次|次数|时长|规模)(?=[、，。]|$)", row.text)
        is_measured = row.rule is not None or any(part.test for part in row.parts.values())
        if found and not is_measured and not re.search(r"\d", row.text):
            message = msg("row {row}: {what} without a number", row=row.row, what=found[0])
            yield _at(row, message, msg("name the number that earns the points"))


@rule("E113", "warning", msg("one quantity has one name, period and basis"), "4.2")
def quantities_have_one_name(standard: Standard) -> Iterator[Fault]:
    """Facts that the text names differently and that may be one."""
    for group in standard.same_quantities:
        labels, names = join(standard.facts[key].label for key in group.facts), ", ".join(group.facts)
        message = msg("{facts}: one quantity, or several?", facts=labels)
        yield Fault(group.clauses[0], message, msg("use one name, or define each"), names, "same_quantity")


def _implies(given: Test, asked: Test) -> bool:
    """Return whether whoever meets one demand meets the other as well."""
    if given.fact != asked.fact or isinstance(given.value, str | tuple) or isinstance(asked.value, str | tuple):
        return False
    if isinstance(given.value, bool) or isinstance(asked.value, bool):
        return given.operator == asked.operator and given.value == asked.value
    if given.operator in (">=", ">") and asked.operator in (">=", ">"):
        is_as_strict = (given.operator, asked.operator) != (">=", ">")
        return given.value > asked.value or (given.value == asked.value and is_as_strict)
    return given.operator in ("<=", "<") and asked.operator in ("<=", "<") and given.value <= asked.value


@rule("E114", "info", msg("points should distinguish applicants"), msg("whoever may apply has them already"))
def conditions_guarantee_points(standard: Standard) -> Iterator[Fault]:
    """Demands of rows that the application conditions imply."""
    given = [test for one in standard.conditions.values() if not one.is_compound for test in one.tests]
    sure, points = list[Criterion](), Fraction()
    for row in standard.scored_rows:
        weight = sum(part.weight for part in row.parts.values()) or 1
        implied = [p for p in row.parts.values() if p.test and any(_implies(test, p.test) for test in given)]
        if implied:
            sure.append(row)
            points += sum(Fraction(row.max_score or 0) * Fraction(part.weight) / weight for part in implied)
    if sure:
        message = msg(
            "{points} points are certain for whoever meets the conditions (rows {rows})",
            points=shown(points),
            rows=_rows(sure),
        )
        yield _at(sure[0], message, msg("ask for more in these rows, or for less in the conditions"))


@rule("E115", "info", msg("what the form asks is used"), msg("every question costs applicants time"), _FORM)
def form_fields_are_used(standard: Standard) -> Iterator[Fault]:
    """Facts of the form that no condition and no row looks at."""
    unused = [
        f for f in standard.form_fields.values() if f.fact and f.fact not in standard.tested_facts and not f.bears_on
    ]
    unused = [f for f in unused if not standard.facts[str(f.fact)].identifying]
    if unused and standard.form:
        listed = join(Text(field.printed, field.gloss.en) for field in unused[:6])
        message = msg("{count} fields of the form are used nowhere: {fields}", count=len(unused), fields=listed)
        yield Fault(standard.form.clause, message, msg("use them, or do not ask"), unused[0].id)


@rule("E116", "warning", msg("what decides is asked in the form"), msg("applicants cannot state it"), _FORM)
def deciding_facts_are_asked(standard: Standard) -> Iterator[Fault]:
    """Facts that conditions or rows test and that no field of the form holds."""
    if standard.form is None:
        return
    asked = {field.fact for field in standard.form_fields.values()}
    asked |= {fact.id for fact in standard.facts.values() if fact.years_since and fact.years_since in asked}
    missing = [key for key in standard.facts if key in standard.tested_facts and key not in asked]
    if missing:
        listed = join(standard.facts[key].label for key in missing[:6])
        message = msg("{count} quantities decide and are not in the form: {facts}", count=len(missing), facts=listed)
        yield Fault(standard.form.clause, message, msg("ask for them in the form"), missing[0])


@rule("E117", "warning", msg("no question of scoring is left open"), FORMS_THE_RESULT)
def nothing_is_left_open(standard: Standard) -> Iterator[Fault]:
    """What the encoding had to choose a reading for, but for what other rules tell; and what scoring rounds need."""
    for key, reading in standard.readings.items():
        if key not in _TOLD:
            right = msg("say which of these holds: {options}", options=join(reading.options.values()))
            yield Fault(reading.clause, reading.question, right, key, key)
    clauses = {clause: entry.text or "" for clause, entry in standard.clauses.items()}
    texts = "\n".join(clauses.values())
    for question in OPEN_QUESTIONS if standard.scored_rows else ():
        asking = [clause for clause, text in clauses.items() if clause != "1" and re.search(question.asks, text)]
        if asking and question.name not in standard.readings and not re.search(question.answers, texts):
            message = msg("the text does not say {what}", what=question.what)
            yield Fault(asking[0], message, question.right, question.name)


_TOLD = ("between_bands", "unscored_row", "bonus", "recommended_rows", "compound_rows", "same_quantity")
"""Readings whose questions other rules tell."""


@rule("E118", "info", msg("no two rows ask nearly the same"), msg("it is scored twice"))
def rows_differ(standard: Standard) -> Iterator[Fault]:
    """Rows with nearly the same wording."""
    rows = [(row, re.sub(r"\W", "", row.text)) for row in standard.scored_rows]
    for (one, first), (other, second) in combinations(rows, 2):
        if min(len(first), len(second)) > 8 and min(len(first), len(second)) / max(len(first), len(second)) > 0.6:
            matcher = SequenceMatcher(None, first, second, autojunk=False)
            if matcher.real_quick_ratio() > 0.8 and matcher.quick_ratio() > 0.8 and matcher.ratio() > 0.8:
                message = msg("rows {one} and {other} are nearly alike", one=one.row, other=other.row)
                yield _at(one, message, msg("merge them, or say what differs"))


@rule("E119", "warning", msg("terms that are defined are used"), "8.7", msg("standards whose terms are quoted"))
def defined_terms_are_used(standard: Standard) -> Iterator[Fault]:
    """A term stands in a clause or row; the subject of the title is defined."""
    printed = [entry.text or "" for entry in standard.clauses.values()]
    texts = "".join([*printed, *(row.text for row in standard.criteria.values())])
    terms = {term.term.zh: term for term in standard.terms.values()}
    for name, term in terms.items():
        if name not in texts:
            yield Fault(term.clause, msg("{term} is defined and not used", term=term.term), msg("leave it out"), name)
    subject = re.split("建设|运营|服务|管理|评价|规范", standard.title.zh)[0]
    if terms and len(subject) > 3 and subject in texts and subject not in terms:
        near = join(term.term for name, term in terms.items() if name[:2] == subject[:2])
        message = msg("{subject} is not defined; defined are {terms}", subject=subject, terms=near)
        clause = next(iter(standard.terms.values())).clause
        yield Fault(clause, message, msg("define it, or use the defined term"), subject)


@rule("E120", "warning", msg("a document is cited as it is listed"), "8.6, 9.5")
def references_are_spelled_alike(standard: Standard) -> Iterator[Fault]:
    """Each spelling of a document's number is the same everywhere."""
    for reference in standard.references:
        spelled = {re.sub(r"\s", "", number): clause for clause, number in reference.printed.items()}
        names = sorted(spelled, key=len)
        if any(name not in names[-1] for name in names):
            listed = join(noted(number, clause) for clause, number in reference.printed.items())
            message = msg("spelled differently: {listed}", listed=listed)
            yield Fault(list(reference.printed)[-1], message, msg("spell both alike"), reference.title.zh)


_CONFUSING = msg("what nothing uses confuses who maintains the file")


@rule("E121", "info", msg("facts and kinds of evidence are used"), _CONFUSING)
def nothing_lies_unused(standard: Standard) -> Iterator[Fault]:
    """Facts that nothing asks for, tiers that overlap, rules that never earn the maximum."""
    others = ("bands", "tables", "indicators")
    remarks = (each for each in standard_remarks(standard) if not each[0].startswith(others))
    yield from _remarked(each for each in remarks if not each[0].endswith("printed_score"))
