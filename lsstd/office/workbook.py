"""The self-score workbook: an assessment out to Excel or WPS, for people to fill in, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lsstd.assessment.assessment import Answer, Assessment, Evidence, FactEntry
from lsstd.assessment.check import check
from lsstd.exact import Exact, plain
from lsstd.files.cells import Value, as_number, as_words
from lsstd.files.writing import cannot_write, check_writable, write_whole
from lsstd.office.layout import (
    AS_OF,
    BASICS,
    EVIDENCE,
    GROUPS,
    HELP,
    NONE,
    PARTS,
    SCORES,
    SEE_PARTS,
    STATES,
    SUBJECT,
    TRUTH,
    Asked,
    asked,
    choice_names,
    kinds,
    labels,
    mark_of,
)
from lsstd.office.pages import Content, Entry, Formula, Page, book_of, first_row, letter
from lsstd.office.sheets import Column, Sheet
from lsstd.standard.scoring_table import Fact, Test
from lsstd.standard.standard import Standard
from lsstd.standard.wording import required_text, rule_text
from lsstd.words import Lang, Text

_SPARE = {"evidence": 200, "groups": 10}


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
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        ending = path.suffix or "（无）"
        raise cannot_write(
            path, Text(f"后缀 {ending}", f"the ending {path.suffix or '(none)'}"), Text(".xlsx", ".xlsx")
        )
    check_writable(path, force)
    given = assessment or Assessment(standard=standard.standard)
    check(standard, given)
    write_whole(path, book_of(_Filling(standard, given, lang).pages(), lang, mark_of(standard)), force)


def _is_simple(evidence: Iterable[Evidence]) -> bool:
    """Say whether evidence is file names alone, which then stand in one cell, a line each."""
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
        self.rows = asked(standard)
        self.top = (
            standard.title.to(lang),
            standard.status.to(lang),
            Text("工作簿标识（请勿改动）：", "this workbook is for (leave as it is): ").to(lang) + mark_of(standard),
        )

    def pages(self) -> Iterator[Page]:
        """Yield the sheets: how to fill it in, the facts, the scores, parts, evidence, groups."""
        yield Page(HELP, list(self._steps()), self.top)
        yield Page(BASICS, list(self._basics()), self.top)
        parts = Page(PARTS, list(self._parts()), self.top)
        yield self._scores(parts)
        if parts.rows:
            yield parts
        yield Page(self._with_choices(), list(self._evidence()), self.top, spare=_SPARE["evidence"])
        groups = self.assessment.subject.groups.items()
        rows = [{"name": as_words(name), "value": as_words(value)} for name, value in groups]
        yield Page(GROUPS, rows, self.top, spare=_SPARE["groups"])

    def _say(self, text: Text) -> str:
        return text.to(self.lang)

    def _steps(self) -> Iterator[dict[str, Content]]:
        """Yield how to fill it in, step by step, then what the levels of a scale mean."""
        for place, step in enumerate(_steps(self.standard), 1):
            yield {"number": str(place), "text": self._say(step)}
        for level in self.standard.scale:
            told = Text(f"{level.label.zh}：{level.meaning.zh}", f"{level.label.en}: {level.meaning.en}")
            grade = Text(f"{level.level} 级", f"level {level.level}")
            yield {"number": self._say(grade), "text": self._say(told)}

    def _basics(self) -> Iterator[dict[str, Content]]:
        """Yield the subject's fields, the reference day, and each fact."""
        subject, label = self.assessment.subject, self.standard.subject_label
        for key, name in SUBJECT.items():
            value = as_words(subject.name or None if key == "name" else getattr(subject, key))
            item = Text(f"{label.zh}{name.zh}", f"{label.en}: {name.en}")
            yield {"item": self._say(item), "value": Entry(value, is_text=True), "id": f"subject.{key}"}
        yield {"item": self._say(AS_OF), "value": Entry(self.assessment.as_of, is_text=True), "id": "as_of"}
        for fact in self.standard.facts.values():
            entry = self.assessment.facts.get(fact.id)
            yield {
                "item": self._say(fact.label),
                "value": self._fact(fact, entry),
                "unit": self._say(fact.unit) if fact.unit else None,
                "hint": self._say(fact.note) if fact.note else None,
                **self._proof(entry),
                "id": fact.id,
            }

    def _fact(self, fact: Fact, entry: FactEntry | None) -> Content:
        """Return a fact's cell; one that is given as unknown and says nothing else says so in a word."""
        choices = tuple(self._say(word) for word in (*TRUTH.values(), STATES["unknown"]))
        value: Any = entry.value if entry else None
        shown: Value
        if value is None:
            says_nothing = entry is not None and entry.note is None and not entry.evidence
            shown = None if not says_nothing else '""' if fact.kind == "text" else self._say(STATES["unknown"])
        elif fact.kind == "choices":
            shown = "；".join(self._say(choice_names(fact)[key]) for key in value) or self._say(NONE)
        elif fact.kind == "boolean":
            shown = self._say(TRUTH[value])
        else:
            shown = as_words(value) if isinstance(value, str) else as_number(value)
        return Entry(shown, choices if fact.kind == "boolean" else (), fact.kind in ("text", "date"))

    def _proof(self, entry: Answer | FactEntry | None) -> dict[str, Content]:
        """Return the cells of a note and of simple evidence."""
        if entry is None:
            return {}
        files = "\n".join(item.file for item in entry.evidence) if _is_simple(entry.evidence) else None
        return {"note": as_words(entry.note), "evidence": as_words(files or None)}

    def _scores(self, parts: Page) -> Page:
        """Return the sheet of scores, with what Excel counts meanwhile."""
        has_points = any(row.points is not None for row in self.rows.values())
        counts = _counts(self.standard)
        hidden = {"points", "spread", "counted", "first", "final"} if not has_points else set()
        hidden |= (set() if counts else {"counted"}) | (set() if _is_ruled(self.standard) else {"hint"})
        sheet = Sheet(SCORES.name, tuple(column for column in SCORES.columns if column.key not in hidden))
        if not has_points:
            return Page(sheet, [self._score(row) for row in self.rows.values()], self.top)
        first = first_row(Page(sheet, (), self.top, {"text": None}))
        last = first + len(self.rows) - 1
        sums: dict[str, Content] = {"text": self._say(_total(self.rows.values()))}
        for key in ("points", "counted", "first", "final") if counts else ():
            column = letter(sheet, key)
            sums[key] = Formula(f"=SUM({column}{first}:{column}{last})")
        rows = []
        for place, row in enumerate(self.rows.values(), first):
            counted = {"counted": self._counted(row, sheet, place, parts)} if counts else {}
            rows.append({**self._score(row), **counted})
        return Page(sheet, rows, self.top, sums if counts else {})

    def _score(self, row: Asked) -> dict[str, Content]:
        """Return a row's cells."""
        answer = self.assessment.answers.get(row.id)
        return {
            "number": row.number,
            "clause": row.clause,
            "indicator": self._say(row.indicator),
            "name": self._say(row.name),
            "text": self._say(row.text),
            "points": as_number(row.points),
            "hint": self._scored_by(row),
            "own": Entry(self._own(row, answer), row.choices(self.lang)),
            "spread": _spread(answer),
            **self._proof(answer),
            "id": row.id,
        }

    def _scored_by(self, row: Asked) -> str | None:
        """Tell the rule of a row, and whether a fact decides it."""
        criterion = self.standard.criteria.get(row.id)
        told = rule_text(self.standard, criterion) if criterion else None
        if criterion and criterion.rule and criterion.rule.measured and told:
            told = Text(f"由数据判定，不必作答。{told.zh}", f"A fact decides: no answer needed. {told.en}")
        return self._say(told) if told else None

    def _own(self, row: Asked, answer: Answer | None) -> Value:
        """Return what an answer says in the column of own scores."""
        if answer is None or answer.form in ("range", "chances"):
            return None
        if answer.state is not None:
            return self._say(STATES[answer.state])
        if answer.parts is not None:
            return self._say(SEE_PARTS)
        if answer.level is None:
            return as_number(answer.score)
        return answer.level if isinstance(answer.level, int) else self._say(row.levels[answer.level])

    def _counted(self, row: Asked, sheet: Sheet, place: int, parts: Page) -> Content:
        """Return the formula of a row's points, as its own score and its parts alone give them."""
        if row.points is None:
            return None
        own, points = f"{letter(sheet, 'own')}{place}", f"{letter(sheet, 'points')}{place}"
        met = f'"{self._say(STATES["met"])}"'
        counted = "0"
        if row.parts:
            ids, said = (self._column(parts, key) for key in ("id", "own"))
            share = f'COUNTIFS({ids},"{row.id}.*",{said},{met})/{len(row.parts)}'
            if self.standard.default_readings["compound_rows"] == "all":
                share = f"INT({share})"
            counted = f"{points}*{share}"
        return Formula(f"=IF(ISNUMBER({own}),{own},IF({own}={met},{points},{counted}))")

    def _column(self, page: Page, key: str) -> str:
        column, first = letter(page.sheet, key), first_row(page)
        return f"'{self._say(page.sheet.name)}'!${column}${first}:${column}${first + len(page.rows) - 1}"

    def _parts(self) -> Iterator[dict[str, Content]]:
        """Yield each part of each row."""
        for row in self.rows.values():
            answer = self.assessment.answers.get(row.id)
            given = (answer.parts if answer else None) or {}
            choices = tuple(self._say(STATES[state]) for state in ("met", "unmet", "unknown"))
            for part in row.parts:
                state = given.get(part.id)
                yield {
                    "number": row.number,
                    "name": self._say(row.name),
                    "part": part.text if self.lang == "zh" else f"{part.text}\n{part.gloss.en}",
                    "hint": self._decides(part.test) if part.test else None,
                    "own": Entry(self._say(STATES[state]) if state else None, choices),
                    "id": f"{row.id}.{part.id}",
                }

    def _decides(self, test: Test) -> str:
        """Tell which fact decides a part."""
        fact = self.standard.facts[test.fact]
        required = required_text(test.operator, test.value, fact.unit)
        return self._say(Text(f"{fact.label.zh} {required.zh}", f"{fact.label.en} {required.en}"))

    def _with_choices(self) -> Sheet:
        """Return the evidence sheet with the drop-downs of this standard."""
        named = {"of": labels(self.standard, self.lang), "kind": kinds(self.standard, self.lang)}
        return Sheet(
            EVIDENCE.name,
            tuple(
                Column(c.key, c.head, c.kind, c.width, c.is_input, c.is_needed, tuple(named.get(c.key, {}).values()))
                for c in EVIDENCE.columns
            ),
        )

    def _evidence(self) -> Iterator[Mapping[str, Content]]:
        """Yield each item of evidence that is more than a file's name."""
        named, kind_names = labels(self.standard, self.lang), kinds(self.standard, self.lang)
        entries: dict[str, Answer | FactEntry] = {**self.assessment.facts, **self.assessment.answers}
        for key, entry in entries.items():
            for item in () if _is_simple(entry.evidence) else entry.evidence:
                cells = {name: as_words(text) for name, text in item.model_dump().items()}
                yield {**cells, "kind": kind_names.get(item.kind or "", cells["kind"]), "of": named[key]}


def _is_ruled(standard: Standard) -> bool:
    return any(row.rule for row in standard.criteria.values())


def _counts(standard: Standard) -> bool:
    """Say whether a spreadsheet's sum gives the points that answers earn."""
    has_points = any(row.max_score is not None for row in standard.criteria.values())
    return has_points and standard.is_plain and not _is_ruled(standard)


def _total(rows: Iterable[Asked]) -> Text:
    """Return what stands beside the total, which knows of answers alone."""
    if any(part.test for row in rows for part in row.parts):
        return Text(
            "合计（仅供参考：由数据判定的分项未计在内，得分以 lsstd assess 为准）",
            "total (for orientation only: without parts that facts decide; lsstd assess tells the score)",
        )
    return Text("合计（仅供参考）", "total (for orientation only)")


def _spread(answer: Answer | None) -> str | None:
    """Return how a range or chances stand in their cell."""

    def told(value: Exact) -> str:
        return repr(plain(value))

    if answer is not None and answer.range is not None:
        return "~".join(told(end) for end in answer.range)
    if answer is not None and answer.chances is not None:
        return "; ".join(f"{told(score)}: {told(chance)}" for score, chance in answer.chances)
    return None


def _steps(standard: Standard) -> Iterator[Text]:
    """Yield how to fill the workbook in, as far as its standard needs it."""
    yield Text(
        "先填“基本情况”。不知道的留空：留空就是未知，不是 0。浅黄色的格子可填，其余请勿改动。",
        "Fill in “facts” first. Leave blank what is not known: blank is unknown, not 0. Change pale yellow cells only.",
    )
    if standard.criteria:
        yield Text(
            "再填“自评”：每行选“满足”“未满足”“未知”，或直接填分数。说不准的，把自评留空，在“区间或可能”里写 4~8，"
            "或写 6: 0.5; 10: 0.5（得分: 概率，概率合计为 1）。",
            "Then “self-score”: choose met, unmet or unknown for each row, or give points. Where you are not sure, "
            "leave it blank and write 4~8 beside it, or 6: 0.5; 10: 0.5 (score: chance; the chances add up to 1).",
        )
    if any(row.parts for row in standard.criteria.values()):
        yield Text(
            "一行含几项要求的，可在“分项”里逐项作答，该行自评选“见分项”或留空；由数据判定的分项，填了数据即可，不必再答。",
            "A row of several demands may be answered part by part in “parts”; choose “see parts” for it, or leave it "
            "blank. A part that a fact decides needs no answer.",
        )
    if any(row.rule and row.rule.measured for row in standard.criteria.values()):
        yield Text(
            "“评分办法”写明由数据判定的行，填了“基本情况”里的数据即可，不必再答。",
            "A row that a fact decides, as “how it is scored” tells, needs no answer once the fact is filled in.",
        )
    if standard.topics:
        yield Text("“自评”里每题选一个等级（含义见下）。", "Choose a level for each topic in “self-score” (see below).")
    yield Text(
        "佐证材料只有文件名的，写在该行“佐证材料”里，一行一个；还要写出具单位、日期等的，写在“材料”表，一份一行。",
        "Evidence that is a file's name alone stands in its row, a name a line; with issuer, date and so on it stands "
        "in the sheet “evidence”, a row each.",
    )
    yield Text(
        "数可写 1200、1,200、1000万、12%；日期可写 2024-06-01、2024/6/1、2024年6月1日，只知月份的写 2024-06。",
        "Numbers may be written 1200, 1,200 or 12%; dates 2024-06-01, 2024/6/1, or 2024-06 if the day is unknown.",
    )
    if _counts(standard):
        yield Text(
            "“计分”与合计由 Excel 计算，只看自评和分项，仅供参考；初审、终审留给评审人员；这些都不读入。",
            "“Counted” and the total are Excel's and for orientation only; first review and final are the evaluators'; "
            "none of these is read back.",
        )
    elif any(row.max_score is not None for row in standard.criteria.values()):
        yield Text(
            "得分由 lsstd assess 计算，这里不显示；初审、终审留给评审人员，不读入。",
            "Points are counted by lsstd assess, not here; first review and final are the evaluators' own.",
        )
    yield Text(
        "填好后用 lsstd import 读入，再用 lsstd assess 得到结果。",
        "When it is filled in, read it with lsstd import, and have lsstd assess tell the result.",
    )
