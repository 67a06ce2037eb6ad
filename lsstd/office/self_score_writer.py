"""Writing the self-score workbook: an assessment out to Excel or WPS, for people to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsstd.assessment.assessment import Answer, Assessment, Evidence, FactEntry
from lsstd.assessment.check import check
from lsstd.engine.evaluate import evaluate
from lsstd.engine.verdict import deciding, disqualification, self_assessment
from lsstd.exact import Exact, plain
from lsstd.files.writing import check_ending, check_writable, write_whole
from lsstd.office import self_score as sheets
from lsstd.office.typed_sheet import Content, Entry, Formula, Page, Row, Sheet, book_of
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.standard.wording import PARTIES, SUBJECT, required_text, rule_text
from lsstd.words import Lang, Text, either, join, msg, msg_in, paired, paragraph

_SPARE_EVIDENCE, _SPARE_GROUPS, _SPARE_CHANGES = 200, 10, 30  # empty rows


def write_workbook(
    standard: Standard, path: str | Path, assessment: Assessment | None = None, lang: Lang = "zh", force: bool = False
) -> None:
    """Write the self-score workbook (.xlsx) of a standard, blank or filled in; `lsstd.read_workbook` reads it back.

    Heads and labels are in the language `lang`; the standard's wording stays as printed. With `force` it is written
    over a file that lsstd did not write. An assessment that names an expert becomes that expert's sheet.

    Raises
    ------
    FileError, InvalidFile
        The file cannot be written; the assessment does not fit the standard, or holds a text that is too long for a
        cell (all problems at once).

    Examples
    --------
    >>> lsstd.write_workbook("hlj-base-evaluation", "form.xlsx", lang="en")
    >>> lsstd.read_workbook("form.xlsx").standard
    'hlj-base-evaluation'
    """
    path = Path(path)
    check_ending(path, ".xlsx")
    check_writable(path, force)
    assessment = assessment or Assessment(standard=standard.standard)
    check(standard, assessment)
    pages, day = _Filling(standard, assessment, lang).pages(), assessment.as_of or standard.day
    write_whole(path, book_of(pages, lang, day), force)


def _is_simple(evidence: Iterable[Evidence]) -> bool:
    """Return whether evidence is file names alone, which then stand in one cell, a line each."""
    return all(
        item.model_dump(exclude_defaults=True).keys() == {"file"}
        and item.file.strip() == item.file != ""
        and "\n" not in item.file
        for item in evidence
    )


class _Filling:
    def __init__(self, standard: Standard, assessment: Assessment, lang: Lang) -> None:
        self.standard, self.assessment, self.lang = standard, assessment, lang
        self.rows, self.printed = sheets.asked(standard), sheets.printed(standard)
        self.has_points = any(row.points is not None for row in self.rows.values())
        self.is_ruled = any(row.rule for row in standard.criteria.values())
        self.counts = self.has_points and standard.is_plain and not self.is_ruled  # a sum gives what answers earn
        mark = msg("this workbook is for (leave as it is): ").to(lang) + sheets.mark_of(standard)
        told = [self_assessment(standard)] if standard.scored_rows else []
        if assessment.expert:
            told = [msg("The sheet of one expert, who scores alone"), deciding(standard)]
        if reason := disqualification(evaluate(standard, assessment)):
            told.insert(0, paragraph([reason]))
        self.top = (standard.title.to(lang), paragraph([*told, standard.status]).to(lang), mark)

    def pages(self) -> Iterator[Page]:
        """Yield the sheets: how to fill it in, the facts, the scores, parts, evidence, groups."""
        is_sheet = self.assessment.expert is not None
        told = _steps_of_an_expert() if is_sheet else _steps(self.standard, self.counts)
        numbered = enumerate(told, 1)
        steps: list[Row] = [{"number": str(place), "text": step} for place, step in numbered]
        for level in self.standard.scale:
            number = msg_in("short", "level {level}", level=level.level)
            steps.append({"number": number, "text": paired(level.label, level.meaning)})
        yield Page(sheets.HELP, steps, self.top)
        if is_sheet:
            yield Page(sheets.EXPERT, list(self._particulars()), self.top)
        measures = any(fact.measure for fact in self.standard.facts.values())
        has_figures = measures or any(entry.period or entry.source for entry in self.assessment.facts.values())
        basics = sheets.BASICS.without(() if has_figures else ("period", "source"))
        yield Page(basics, list(self._basics()), self.top)
        sheet = sheets.as_expert(sheets.PARTS, sheets.PARTS.name) if is_sheet else sheets.PARTS
        parts = Page(sheet, list(self._parts()), self.top)
        yield self._scores(parts)
        if parts.rows:
            yield parts
        words = {"of": sheets.labels(self.standard), "kind": sheets.kinds(self.standard)}
        choices = {key: tuple(texts.values()) for key, texts in words.items()}
        columns = tuple(replace(column, choices=choices.get(column.key, ())) for column in sheets.EVIDENCE.columns)
        evidence, groups = list(self._evidence()), self.assessment.subject.groups.items()
        if evidence or not is_sheet:
            yield Page(Sheet(sheets.EVIDENCE.name, columns), evidence, self.top, spare=_SPARE_EVIDENCE)
        if groups or not is_sheet:
            rows = [{"name": name, "value": value} for name, value in groups]
            yield Page(sheets.GROUPS, rows, self.top, spare=_SPARE_GROUPS)
        if is_sheet:
            yield Page(sheets.LOG, list(self._log()), self.top, spare=_SPARE_CHANGES)

    def _particulars(self) -> Iterator[Row]:
        """Yield what the sheet says of the expert."""
        held, stage = self.assessment, sheets.STAGES.get(self.assessment.stage or "")
        values = {"stage": stage, "round": held.round}
        if held.expert:
            values |= {f"expert.{key}": value or None for key, value in held.expert.model_dump().items()}
            values["expert.conflicts"] = "\n".join(held.expert.conflicts) or None
        for key, (_, hint) in sheets.PARTICULARS.items():
            choices = tuple(sheets.STAGES.values()) if key == "stage" else ()
            value = Entry(values.get(key), choices, is_text=True)
            yield {**self._printed(sheets.EXPERT, key), "value": value, "hint": hint}

    def _log(self) -> Iterator[Row]:
        """Yield what was changed after the stage was closed."""
        for entry in self.assessment.log:
            ends = {"from": entry.before, "to": entry.after}
            about: dict[str, Content] = {
                "when": entry.when,
                "who": entry.who,
                "why": entry.why,
                "row": self.rows[entry.row].numbered,
            }
            yield {**about, **{key: sheets.STATES.get(str(value), value) for key, value in ends.items()}}

    def _printed(self, sheet: Sheet, key: str) -> Row:
        """Return the cells of a row that say what it is."""
        return {"id": key, **self.printed[sheet][key].cells}

    def _basics(self) -> Iterator[Row]:
        subject = self.assessment.subject
        for key in SUBJECT:
            value = getattr(subject, key) or None
            hint = join(PARTIES.values()) if key == "party" and self.standard.topics else None
            yield {**self._printed(sheets.BASICS, f"subject.{key}"), "value": Entry(value, is_text=True), "hint": hint}
        yield {**self._printed(sheets.BASICS, "as_of"), "value": Entry(self.assessment.as_of, is_text=True)}
        for fact in self.standard.facts.values():
            entry, hint = self.assessment.facts.get(fact.id), fact.note
            if fact.measure and hint:  # its formula
                hint = paired(self.standard.topics[fact.measure.topic].label, hint)
            yield {
                **self._printed(sheets.BASICS, fact.id),
                "value": self._fact(fact, entry),
                "hint": hint,
                "period": Entry(entry.period if entry else None, is_text=True),
                "source": entry.source if entry else None,
                **self._proof(entry),
            }

    def _fact(self, fact: Fact, entry: FactEntry | None) -> Content:
        """Return a fact's cell; one that is given as unknown and says nothing else says so in a word."""
        value: Any = entry.value if entry else None
        cell = value
        unknown = sheets.STATES["unknown"]
        if value is None:
            if entry is not None and entry.note is None and not entry.evidence:
                cell = "" if fact.kind == "text" else unknown
        elif fact.kind == "choices":
            cell = "；".join(sheets.choice_names(fact)[key].to(self.lang) for key in value) or sheets.NONE
        elif fact.kind == "boolean":
            cell = sheets.TRUTH[value]
        choices = (*sheets.TRUTH.values(), unknown) if fact.kind == "boolean" else ()
        return Entry(cell, choices, fact.kind in ("text", "date"))

    def _proof(self, entry: Answer | FactEntry | None) -> Row:
        if entry is None:
            return {}
        files = "\n".join(item.file for item in entry.evidence) if _is_simple(entry.evidence) else None
        return {"note": entry.note, "evidence": files or None}

    def _scores(self, parts: Page) -> Page:
        """Return the sheet of scores, with what Excel counts meanwhile."""
        hidden = set() if self.has_points else {"points", "spread", "counted", *sheets.REVIEWS}
        hidden |= {*sheets.REVIEWS} if self.assessment.expert else set()
        has_hints = self.is_ruled or any(level.topics for level in self.standard.scale)
        hidden |= (set() if self.counts else {"counted"}) | (set() if has_hints else {"hint"})
        sheet = sheets.SCORES.without(hidden)
        if self.assessment.expert:
            sheet = sheets.as_expert(sheet, sheets.GIVEN_SCORES)
        if not self.counts:
            return Page(sheet, [self._score(row) for row in self.rows.values()], self.top)
        first = Page(sheet, (), self.top, {"text": None}).first_row
        last = first + len(self.rows) - 1
        total = msg("total (for guidance only)")
        if any(part.test for row in self.rows.values() for part in row.parts):
            total = msg("total (for guidance only: excludes parts decided by facts; lsstd assess gives the score)")
        sums: dict[str, Content] = {"text": total}
        columns = {column.key for column in sheet.columns}
        for key in {"points", "counted", *sheets.REVIEWS} & columns:
            sums[key] = Formula(f"=SUM({sheet.letter(key)}{first}:{sheet.letter(key)}{last})")
        rows = [
            {**self._score(row), "counted": self._counted(row, sheet, place, parts)}
            for place, row in enumerate(self.rows.values(), first)
        ]
        return Page(sheet, rows, self.top, sums)

    def _score(self, row: sheets.Asked) -> Row:
        answer = self.assessment.answers.get(row.id)
        return {
            **self._printed(sheets.SCORES, row.id),
            "hint": self._rule(row),
            "own": Entry(self._own(row, answer), row.choices),
            "spread": _spread(answer),
            **self._proof(answer),
        }

    def _rule(self, row: sheets.Asked) -> Text | str | None:
        """Say how a row is scored, and whether a fact decides it; of a topic what each level means."""
        if topic := self.standard.topics.get(row.id):
            steps = (level for level in self.standard.scale if level.topics)
            return "\n".join(f"{step.level} {step.meaning_for(topic).to(self.lang)}" for step in steps) or None
        criterion = self.standard.criteria.get(row.id)
        if criterion is None or (rule := rule_text(self.standard, criterion)) is None:
            return None
        if criterion.rule and criterion.rule.measured:
            rule = msg("Decided by a fact: no answer needed. {rule}", rule=rule)
        return rule

    def _own(self, row: sheets.Asked, answer: Answer | None) -> Exact | Text | None:
        if answer is None or answer.form in ("range", "chances"):
            return None
        if answer.state is not None:
            return sheets.STATES[answer.state]
        if answer.parts is not None:
            return sheets.SEE_PARTS
        if answer.level is None:
            return answer.score
        return answer.level if isinstance(answer.level, int) else row.levels[answer.level]

    def _counted(self, row: sheets.Asked, sheet: Sheet, place: int, parts: Page) -> Content:
        """Return the formula of a row's points, as its own score and its parts alone give them."""
        if row.points is None:
            return None
        own, points = f"{sheet.letter('own')}{place}", f"{sheet.letter('points')}{place}"
        met, counted = sheets.STATES["met"].to(self.lang), "0"
        if row.parts:
            ids, states = self._column(parts, "id"), self._column(parts, "own")
            counted_as = f'COUNTIFS({ids},"{row.id}.*",{states},"{{}}")'.format
            gone = counted_as(sheets.STATES["not_applicable"].to(self.lang))
            divided = f"MAX(1,{len(row.parts)}-{gone})" if any(part.optional for part in row.parts) else len(row.parts)
            share = f"{counted_as(met)}/{divided}"
            is_all = self.standard.default_readings["compound_rows"] == "all"
            counted = f"{points}*{f'INT({share})' if is_all else share}"
        return Formula(f'=IF(ISNUMBER({own}),{own},IF({own}="{met}",{points},{counted}))')

    def _column(self, page: Page, key: str) -> str:
        column, first = page.sheet.letter(key), page.first_row
        return f"'{page.sheet.name.to(self.lang)}'!${column}${first}:${column}${first + len(page.rows) - 1}"

    def _parts(self) -> Iterator[Row]:
        for row in self.rows.values():
            answer = self.assessment.answers.get(row.id)
            answered = (answer.parts if answer else None) or {}
            for part in row.parts:
                state, hint = answered.get(part.id), None
                if part.test:
                    fact = self.standard.facts[part.test.fact]
                    required = required_text(part.test.operator, part.test.value, fact.unit)
                    hint = Text(f"{fact.label.zh} {required.zh}", f"{fact.label.en} {required.en}")
                yield {
                    **self._printed(sheets.PARTS, f"{row.id}.{part.id}"),
                    "hint": hint,
                    "own": Entry(sheets.STATES[state] if state else None, tuple(sheets.states_of(part).values())),
                }

    def _evidence(self) -> Iterator[Row]:
        """Yield each item of evidence that is more than a file's name."""
        holders, kind_names = sheets.labels(self.standard), sheets.kinds(self.standard)
        entries: dict[str, Answer | FactEntry] = {**self.assessment.facts, **self.assessment.answers}
        for key, entry in entries.items():
            for item in () if _is_simple(entry.evidence) else entry.evidence:
                cells: dict[str, Content] = item.model_dump()
                if item.kind in kind_names:
                    cells["kind"] = kind_names[item.kind]
                yield {**cells, "of": holders[key]}


def _spread(answer: Answer | None) -> str | None:
    if answer is not None and answer.range is not None:
        return "~".join(repr(plain(end)) for end in answer.range)
    if answer is not None and answer.chances is not None:
        return "; ".join(f"{plain(score)!r}: {plain(chance)!r}" for score, chance in answer.chances)
    return None


def _steps_of_an_expert() -> Iterator[Text]:
    """Yield how an expert fills the workbook in."""
    yield msg(
        "Fill in “expert” first: your id, the stage and, if there are any, your conflicts of interest. Change pale "
        "yellow cells only."
    )
    yield msg(
        "Then score alone in “scores”, or part by part in “parts”: choose met or not met, or enter points; where "
        "unsure, a range such as 4~8. Leave blank what you could not judge: blank means not scored, not 0. Give the "
        "reason in the row. Enter in “facts” only what you verified yourself."
    )
    yield msg(
        "Once the stage is closed, list every change of a score in “changes”, too. Hand the file in as it is: lsstd "
        "panel reads it together with those of the other experts."
    )


def _steps(standard: Standard, counts: bool) -> Iterator[Text]:
    """Yield how to fill the workbook in, as far as its standard needs it; `counts`: Excel adds up."""
    rows = standard.criteria.values()
    yield msg(
        "Fill in “facts” first. Leave unknown values blank: blank means unknown, not 0. Change pale yellow cells only."
    )
    if rows:
        yield msg(
            "Then “self-score”: choose met, not met or unknown for each row, or enter points. Where unsure, leave the "
            "score blank and enter a range such as 4~8 beside it, or chances such as 6: 0.5; 10: 0.5 (score: chance; "
            "the chances add up to 1)."
        )
    if any(row.parts for row in rows):
        yield msg(
            "A row with several requirements can be answered part by part in “parts”; then choose “see parts” for the "
            "row, or leave it blank. A part decided by a fact needs no answer."
        )
    if any(row.rule and row.rule.measured for row in rows):
        yield msg("A row decided by a fact (see “how it is scored”) needs no answer once the fact is filled in.")
    if standard.topics:
        yield msg("Choose a level for each topic in “self-score” (see below).")
    if standard.measured_levels:
        yield msg(
            "A level of {levels} counts only with a figure of the last 12 months for one of the topic's measures: "
            "enter its value in “facts”, the period it covers (2025-Q2, or 2024-07 to 2025-06) and the source, such "
            "as a system or a report. The measures are lsstd's own, not the standard's.",
            levels=either(standard.measured_levels),
        )
    yield msg(
        "List evidence by file name in the row that it supports, one name per line; to add issuer, date and so on,"
        " list it in the sheet “evidence”, one row each."
    )
    yield msg(
        "Numbers may be written 1200, 1,200 or 12%; dates 2024-06-01, 2024/6/1, or 2024-06 if the day is unknown."
    )
    if counts:
        yield msg(
            "“Counted” and the total are computed by Excel for guidance only; first review and final are for the "
            "evaluators. None of these is read back."
        )
    elif any(row.max_score is not None for row in rows):
        yield msg(
            "The score is computed by lsstd assess, not here; first review and final are for the evaluators and are "
            "not read back."
        )
    yield msg("When it is filled in, read it with lsstd import, then get the result with lsstd assess.")
