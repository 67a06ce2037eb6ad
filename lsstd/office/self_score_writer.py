"""Writing the self-score workbook: an assessment out to Excel or WPS, for people to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsstd.assessment.assessment import Answer, Assessment, Evidence, FactEntry
from lsstd.assessment.check import check
from lsstd.engine.evaluate import evaluate
from lsstd.engine.verdict import disqualification, self_assessment
from lsstd.exact import plain
from lsstd.files.cells import Value, as_number, as_words
from lsstd.files.writing import check_ending, check_writable, write_whole
from lsstd.office import self_score as sheets
from lsstd.office.typed_sheet import Content, Entry, Formula, Page, Row, Sheet, book_of
from lsstd.panel.supply_chain import PARTIES
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.standard.wording import required_text, rule_text
from lsstd.words import Lang, Text, either, join, msg, msg_in, paired, paragraph

_SPARE_EVIDENCE, _SPARE_GROUPS = 200, 10  # empty rows


def write_workbook(
    standard: Standard, path: str | Path, assessment: Assessment | None = None, lang: Lang = "zh", force: bool = False
) -> None:
    """Write the self-score workbook of a standard, blank or filled in as an assessment says.

    Parameters
    ----------
    standard : Standard
    path : str or Path
        Ends in ``.xlsx``.
    assessment : Assessment, optional
        What is filled in; `lsstd.read_workbook` reads the same assessment back.
    lang : {"zh", "en"}
        The language of heads and labels; the standard's wording stays as printed.
    force : bool
        Also over a file that lsstd did not write.

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
    write_whole(path, book_of(pages, lang, day, sheets.mark_of(standard)), force)


def _is_simple(evidence: Iterable[Evidence]) -> bool:
    """Return whether evidence is file names alone, which then stand in one cell, a line each."""
    return all(
        item.model_dump(exclude_defaults=True).keys() == {"file"}
        and item.file.strip() == item.file != ""
        and "\n" not in item.file
        for item in evidence
    )


class _Filling:
    """Fills the sheets of one workbook."""

    def __init__(self, standard: Standard, assessment: Assessment, lang: Lang) -> None:
        self.standard, self.assessment, self.lang = standard, assessment, lang
        self.rows, self.printed = sheets.asked(standard), sheets.printed(standard)
        self.counts = _counts(standard)
        mark = msg("this workbook is for (leave as it is): ").to(lang) + sheets.mark_of(standard)
        told = [self_assessment(standard)] if standard.scored_rows else []
        if reason := disqualification(evaluate(standard, assessment)):
            told.insert(0, paragraph([reason]))
        self.top = (standard.title.to(lang), paragraph([*told, standard.status]).to(lang), mark)

    def pages(self) -> Iterator[Page]:
        """Yield the sheets: how to fill it in, the facts, the scores, parts, evidence, groups."""
        yield Page(sheets.HELP, list(self._help()), self.top)
        yield Page(self._facts_sheet(), list(self._basics()), self.top)
        parts = Page(sheets.PARTS, list(self._parts()), self.top)
        yield self._scores(parts)
        if parts.rows:
            yield parts
        words = {"of": sheets.labels(self.standard), "kind": sheets.kinds(self.standard)}
        choices = {key: tuple(map(self._say, texts.values())) for key, texts in words.items()}
        columns = tuple(replace(column, choices=choices.get(column.key, ())) for column in sheets.EVIDENCE.columns)
        yield Page(Sheet(sheets.EVIDENCE.name, columns), list(self._evidence()), self.top, spare=_SPARE_EVIDENCE)
        groups = self.assessment.subject.groups.items()
        rows = [{"name": as_words(name), "value": as_words(value)} for name, value in groups]
        yield Page(sheets.GROUPS, rows, self.top, spare=_SPARE_GROUPS)

    def _facts_sheet(self) -> Sheet:
        """Return the sheet of facts; with period and source where a standard measures, or a figure has them."""
        has_measures = any(fact.measure for fact in self.standard.facts.values())
        if has_measures or any(entry.period or entry.source for entry in self.assessment.facts.values()):
            return sheets.BASICS
        columns = (column for column in sheets.BASICS.columns if column.key not in ("period", "source"))
        return Sheet(sheets.BASICS.name, tuple(columns))

    def _say(self, text: Text) -> str:
        return text.to(self.lang)

    def _say_if(self, text: Text | None) -> str | None:
        return self._say(text) if text else None

    def _printed(self, sheet: Sheet, key: str) -> Row:
        """Return the cells of a row that say what it is."""
        cells = self.printed[sheet][key].items()
        said = {name: self._say(cell) if isinstance(cell, Text) else as_number(cell) for name, cell in cells}
        return {**said, "id": key}

    def _help(self) -> Iterator[Row]:
        """Yield how to fill it in, step by step, then what the levels of a scale mean."""
        for place, step in enumerate(_steps(self.standard), 1):
            yield {"number": str(place), "text": self._say(step)}
        for level in self.standard.scale:
            number = msg_in("short", "level {level}", level=level.level)
            text = paired(level.label, level.meaning)
            yield {"number": self._say(number), "text": self._say(text)}

    def _basics(self) -> Iterator[Row]:
        """Yield the subject's fields, the reference day, and each fact."""
        subject = self.assessment.subject
        for key in sheets.SUBJECT:
            value = as_words(subject.name or None if key == "name" else getattr(subject, key))
            hint = self._say(join(PARTIES.values())) if key == "party" and self.standard.topics else None
            yield {**self._printed(sheets.BASICS, f"subject.{key}"), "value": Entry(value, is_text=True), "hint": hint}
        yield {**self._printed(sheets.BASICS, "as_of"), "value": Entry(self.assessment.as_of, is_text=True)}
        for fact in self.standard.facts.values():
            entry = self.assessment.facts.get(fact.id)
            yield {
                **self._printed(sheets.BASICS, fact.id),
                "value": self._fact(fact, entry),
                "hint": self._say_if(self._hint(fact)),
                "period": Entry(entry.period if entry else None, is_text=True),
                "source": as_words(entry.source if entry else None),
                **self._proof(entry),
            }

    def _hint(self, fact: Fact) -> Text | None:
        """Return a fact's remark; of a measure its topic and formula."""
        if fact.measure is None or fact.note is None:
            return fact.note
        return paired(self.standard.topics[fact.measure.topic].label, fact.note)

    def _fact(self, fact: Fact, entry: FactEntry | None) -> Content:
        """Return a fact's cell; one that is given as unknown and says nothing else says so in a word."""
        value: Any = entry.value if entry else None
        cell: Value
        if value is None:
            says_nothing = entry is not None and entry.note is None and not entry.evidence
            cell = None if not says_nothing else '""' if fact.kind == "text" else self._say(sheets.STATES["unknown"])
        elif fact.kind == "choices":
            cell = "；".join(self._say(sheets.choice_names(fact)[key]) for key in value) or self._say(sheets.NONE)
        elif fact.kind == "boolean":
            cell = self._say(sheets.TRUTH[value])
        else:
            cell = as_words(value) if isinstance(value, str) else as_number(value)
        choices = (
            tuple(map(self._say, (*sheets.TRUTH.values(), sheets.STATES["unknown"]))) if fact.kind == "boolean" else ()
        )
        return Entry(cell, choices, fact.kind in ("text", "date"))

    def _proof(self, entry: Answer | FactEntry | None) -> Row:
        """Return the cells of a note and of simple evidence."""
        if entry is None:
            return {}
        files = "\n".join(item.file for item in entry.evidence) if _is_simple(entry.evidence) else None
        return {"note": as_words(entry.note), "evidence": as_words(files or None)}

    def _scores(self, parts: Page) -> Page:
        """Return the sheet of scores, with what Excel counts meanwhile."""
        has_points = any(row.points is not None for row in self.rows.values())
        hidden = set() if has_points else {"points", "spread", "counted", "first", "final"}
        has_hints = _is_ruled(self.standard) or any(level.topics for level in self.standard.scale)
        hidden |= (set() if self.counts else {"counted"}) | (set() if has_hints else {"hint"})
        sheet = Sheet(sheets.SCORES.name, tuple(column for column in sheets.SCORES.columns if column.key not in hidden))
        if not self.counts:
            return Page(sheet, [self._score(row) for row in self.rows.values()], self.top)
        first = Page(sheet, (), self.top, {"text": None}).first_row
        last = first + len(self.rows) - 1
        sums: dict[str, Content] = {"text": self._say(_total(self.rows.values()))}
        for key in ("points", "counted", "first", "final"):
            sums[key] = Formula(f"=SUM({sheet.letter(key)}{first}:{sheet.letter(key)}{last})")
        rows = [
            {**self._score(row), "counted": self._counted(row, sheet, place, parts)}
            for place, row in enumerate(self.rows.values(), first)
        ]
        return Page(sheet, rows, self.top, sums)

    def _score(self, row: sheets.Asked) -> Row:
        """Return a row's cells."""
        answer = self.assessment.answers.get(row.id)
        return {
            **self._printed(sheets.SCORES, row.id),
            "hint": self._rule(row),
            "own": Entry(self._own(row, answer), row.choices(self.lang)),
            "spread": _spread(answer),
            **self._proof(answer),
        }

    def _rule(self, row: sheets.Asked) -> str | None:
        """Say how a row is scored, and whether a fact decides it; of a topic what each level means."""
        if topic := self.standard.topics.get(row.id):
            steps = (level for level in self.standard.scale if level.topics)
            return "\n".join(f"{step.level} {self._say(step.meaning_for(topic))}" for step in steps) or None
        criterion = self.standard.criteria.get(row.id)
        if criterion is None or (rule := rule_text(self.standard, criterion)) is None:
            return None
        if criterion.rule and criterion.rule.measured:
            rule = msg("Decided by a fact: no answer needed. {rule}", rule=rule)
        return self._say(rule)

    def _own(self, row: sheets.Asked, answer: Answer | None) -> Value:
        """Return what an answer says in the column of own scores."""
        if answer is None or answer.form in ("range", "chances"):
            return None
        if answer.state is not None:
            return self._say(sheets.STATES[answer.state])
        if answer.parts is not None:
            return self._say(sheets.SEE_PARTS)
        if answer.level is None:
            return as_number(answer.score)
        return answer.level if isinstance(answer.level, int) else self._say(row.levels[answer.level])

    def _counted(self, row: sheets.Asked, sheet: Sheet, place: int, parts: Page) -> Content:
        """Return the formula of a row's points, as its own score and its parts alone give them."""
        if row.points is None:
            return None
        own, points, met = (
            f"{sheet.letter('own')}{place}",
            f"{sheet.letter('points')}{place}",
            self._say(sheets.STATES["met"]),
        )
        counted = "0"
        if row.parts:
            ids, states = self._column(parts, "id"), self._column(parts, "own")
            counted_as = f'COUNTIFS({ids},"{row.id}.*",{states},"{{}}")'.format
            gone = counted_as(self._say(sheets.STATES["not_applicable"]))
            divided = f"MAX(1,{len(row.parts)}-{gone})" if any(part.optional for part in row.parts) else len(row.parts)
            share = f"{counted_as(met)}/{divided}"
            is_all = self.standard.default_readings["compound_rows"] == "all"
            counted = f"{points}*{f'INT({share})' if is_all else share}"
        return Formula(f'=IF(ISNUMBER({own}),{own},IF({own}="{met}",{points},{counted}))')

    def _column(self, page: Page, key: str) -> str:
        column, first = page.sheet.letter(key), page.first_row
        return f"'{self._say(page.sheet.name)}'!${column}${first}:${column}${first + len(page.rows) - 1}"

    def _parts(self) -> Iterator[Row]:
        """Yield each part of each row."""
        for row in self.rows.values():
            answer = self.assessment.answers.get(row.id)
            answered = (answer.parts if answer else None) or {}
            for part in row.parts:
                state, hint = answered.get(part.id), None
                choices = tuple(self._say(words) for words in sheets.part_states(part).values())
                if part.test:
                    fact = self.standard.facts[part.test.fact]
                    required = required_text(part.test.operator, part.test.value, fact.unit)
                    hint = Text(f"{fact.label.zh} {required.zh}", f"{fact.label.en} {required.en}")
                yield {
                    **self._printed(sheets.PARTS, f"{row.id}.{part.id}"),
                    "hint": self._say_if(hint),
                    "own": Entry(self._say_if(sheets.STATES[state] if state else None), choices),
                }

    def _evidence(self) -> Iterator[Row]:
        """Yield each item of evidence that is more than a file's name."""
        holders, kind_names = sheets.labels(self.standard), sheets.kinds(self.standard)
        entries: dict[str, Answer | FactEntry] = {**self.assessment.facts, **self.assessment.answers}
        for key, entry in entries.items():
            for item in () if _is_simple(entry.evidence) else entry.evidence:
                cells: dict[str, Content] = {name: as_words(text) for name, text in item.model_dump().items()}
                if item.kind in kind_names:
                    cells["kind"] = self._say(kind_names[item.kind])
                yield {**cells, "of": self._say(holders[key])}


def _is_ruled(standard: Standard) -> bool:
    return any(row.rule for row in standard.criteria.values())


def _counts(standard: Standard) -> bool:
    """Return whether a spreadsheet's sum gives the points that answers earn."""
    has_points = any(row.max_score is not None for row in standard.criteria.values())
    return has_points and standard.is_plain and not _is_ruled(standard)


def _total(rows: Iterable[sheets.Asked]) -> Text:
    """Return what stands beside the total, which knows of answers alone."""
    if any(part.test for row in rows for part in row.parts):
        return msg("total (for guidance only: excludes parts decided by facts; lsstd assess gives the score)")
    return msg("total (for guidance only)")


def _spread(answer: Answer | None) -> str | None:
    """Return how a range or chances stand in their cell."""
    if answer is not None and answer.range is not None:
        return "~".join(repr(plain(end)) for end in answer.range)
    if answer is not None and answer.chances is not None:
        return "; ".join(f"{plain(score)!r}: {plain(chance)!r}" for score, chance in answer.chances)
    return None


def _steps(standard: Standard) -> Iterator[Text]:
    """Yield how to fill the workbook in, as far as its standard needs it."""
    yield msg(
        "Fill in “facts” first. Leave unknown values blank: blank means unknown, not 0. Change pale yellow cells only."
    )
    if standard.criteria:
        yield msg(
            "Then “self-score”: choose met, not met or unknown for each row, or enter points. Where "
            "unsure, leave the score blank and enter a range such as 4~8 beside it, or chances such "
            "as 6: 0.5; 10: 0.5 (score: chance; the chances add up to 1)."
        )
    if any(row.parts for row in standard.criteria.values()):
        yield msg(
            "A row with several requirements can be answered part by part in “parts”; then choose "
            "“see parts” for the row, or leave it blank. A part decided by a fact needs no answer."
        )
    if any(row.rule and row.rule.measured for row in standard.criteria.values()):
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
    if _counts(standard):
        yield msg(
            "“Counted” and the total are computed by Excel for guidance only; first review and final "
            "are for the evaluators. None of these is read back."
        )
    elif any(row.max_score is not None for row in standard.criteria.values()):
        yield msg(
            "The score is computed by lsstd assess, not here; first review and final are for the "
            "evaluators and are not read back."
        )
    yield msg("When it is filled in, read it with lsstd import, then get the result with lsstd assess.")
