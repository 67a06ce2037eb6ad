"""What changed since the round before, as a section of a printed page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsstd.changes.compare import RowChange
from lsstd.exact import Exact, shown
from lsstd.pages.blocks import Block, Paragraph, Section, section, table
from lsstd.panel.cycle import Change, Cycle, Doubt
from lsstd.panel.portfolio import Member, Portfolio
from lsstd.words import Lang, Text, join, words

_ROWS, _NAMES = 3, 8
_WHY = {
    "id": Text("同一编号出现多次", "one id stands there more than once"),
    "name": Text("同一名称出现多次", "one name stands there more than once"),
    "ids": Text("名称相同而编号不同", "one name with different ids"),
}


def change(portfolio: Portfolio, lang: Lang) -> Section:
    """Return what changed since the last round: scores, grades, the rows that made it; who is new, who has gone."""
    title, found = Text("与上一轮相比", "Since the last round"), portfolio.change
    if found is None:
        none = Text("没有给出上一轮的评价。", "No last round is given.")
        return section(title, lang, Paragraph(none.to(lang)), key="portfolio.change")
    heads = words(
        lang, "名称|name", "上一轮|before", "本轮|now", "变化|change", "等级|grade", "变动最大的行|rows that moved most"
    )
    rows = [_change_line(one, lang) for one in found.changes]
    told: list[Block] = [Paragraph(_moved(found).to(lang))]
    told += [table(heads, rows, right=(1, 2, 3), tight=(4,))] if rows else []
    told += [Paragraph(note.to(lang)) for note in _notes(found)]
    return section(title, lang, *told, key="portfolio.change")


def _moved(found: Cycle) -> Text:
    """Tell how many were found again and by what, and how their scores moved."""
    count, by_id = len(found.changes), sum(one.by == "id" for one in found.changes)
    up, down = (sum(sign * one.points > 0 for one in found.changes) for sign in (1, -1))
    return Text(
        f"两轮都有的 {count} 个（按编号对应 {by_id} 个，按名称对应 {count - by_id} 个）："
        f"得分上升 {up} 个，下降 {down} 个，不变 {count - up - down} 个。",
        f"{count} are in both rounds ({by_id} matched by id, {count - by_id} by name): "
        f"{up} scores rose, {down} fell, {count - up - down} stayed.",
    )


def _change_line(one: Change, lang: Lang) -> list[str]:
    """Return a subject's line: scores, change, grades, the rows that changed most."""
    was, now = one.before.result, one.now.result
    graded = (was, now) if now.standard.grades else ()
    named = [result.standard.named(result.grade.secured).to(lang) for result in graded]
    changed = sorted((row for row in one.case.changed if row.brought), key=_width, reverse=True)
    rows = [f"{row.gloss.to(lang)} {_signed(row.brought)}" for row in changed[:_ROWS]]
    more = len(changed) - len(rows)
    rows += [Text(f"另 {more} 行", f"{more} more").to(lang)] if more else []
    return [
        one.now.label.to(lang),
        shown(was.score.secured),
        shown(now.score.secured),
        _signed(one.points),
        " → ".join(dict.fromkeys(named)) or "—",
        ("；" if lang == "zh" else "; ").join(rows) or "—",
    ]


def _width(row: RowChange) -> Exact:
    return max(row.brought, -row.brought)


def _notes(found: Cycle) -> Iterator[Text]:
    """Tell who is new, who has gone, who could not be matched for certain, and whether the rules changed."""
    for label, members in ((Text("新参加", "New"), found.new), (Text("未再参加", "Gone"), found.left)):
        if members:
            told = names(members)
            yield Text(f"{label.zh}：{told.zh}。", f"{label.en}: {told.en}.")
    yield from (_doubt(doubt) for doubt in found.doubts)
    if found.other_rules:
        yield Text(
            "注意：上一轮所用的标准版本或解读与本轮不同，变化不全来自被评对象。",
            "Note: the last round was evaluated under another edition or other readings; not every change is theirs.",
        )


def _doubt(doubt: Doubt) -> Text:
    """Tell who was not matched, and why."""
    why, now, before = _WHY[doubt.reason], names(doubt.now), names(doubt.before)
    return Text(
        f"未作对应（{why.zh}）：本轮 {now.zh}；上一轮 {before.zh}。",
        f"Not matched ({why.en}): now {now.en}; before {before.en}.",
    )


def names(members: Sequence[Member]) -> Text:
    """Name subjects, up to a number of them."""
    told, more = join(member.label for member in members[:_NAMES]), len(members) - _NAMES
    return Text(f"{told.zh} 等 {len(members)} 个", f"{told.en} and {more} more") if more > 0 else told


def _signed(points: Exact) -> str:
    return ("+" if points > 0 else "") + shown(points)
