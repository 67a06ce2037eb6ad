"""An impact as the sections of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lsstd.changes.diff import Change, diff
from lsstd.changes.reform import Reform
from lsstd.engine.verdict import self_assessment
from lsstd.pages.base_page import SOURCES, sources_tables, title_of
from lsstd.pages.blocks import Block, Blocks, Figure, Paragraph, Pieces, Section, chart_figure, cover_of, grid, tiles
from lsstd.pages.edition_page import amendments_table
from lsstd.population.impact import GROUPINGS, Impact
from lsstd.words import Lang, Text, in_turn, join, msg, msg_in, noted, paired, paragraph, same, sentence, words

Moved: TypeAlias = tuple[Impact, list[Reform]]
_SECTIONS = Pieces("impact")
_MOVERS, _TOLD, _SHORT = 20, 4, 60
_SHARES, _FLOWS = msg("Share of each grade"), msg("Moves between grades")


@_SECTIONS.add()
def cover(impact: Impact, lang: Lang, reforms: list[Reform]) -> Section:
    """Return title, reforms, population, and the notes that it carries (that it is synthetic)."""
    standard, count = impact.before, impact.census.count
    pairs: list[tuple[Text, object]] = [
        (msg("Standard"), title_of(standard, lang)),
        (msg("Reasons"), in_turn((r.reason for r in reforms if r.reason), len(reforms)).to(lang) or None),
        (msg("Population"), msg("{count} subjects", count=count)),
    ]
    notes = [*impact.census.notes, self_assessment(standard), standard.status]
    named = join(noted(r.reform, r.effective) if r.effective else same(r.reform) for r in reforms)
    return cover_of(lang, msg("Impact of a reform"), named.to(lang) or "—", pairs, notes)


@_SECTIONS.add(msg("Verdict"))
def summary(impact: Impact, lang: Lang, reforms: Sequence[Reform] = ()) -> Blocks:
    """Return who wins and who loses, in one sentence and the key figures; and in words what decides it."""
    won, lost, count = impact.winners, impact.losers, impact.census.count
    kept = count - won - lost
    verdict = msg(
        "Of {count} subjects: higher grade {won}, lower grade {lost}, unchanged {kept}.",
        count=count,
        won=won,
        lost=lost,
        kept=kept,
    )
    found = impact.to_dict(movers=0)
    may, barred = found["eligible"], found["disqualified"] or {}
    eligible = may and msg("Eligible: {before} before, {after} after.", before=may["before"], after=may["after"])
    first = any(barred.values()) and msg(
        "Disqualified from taking part: {before} before, {after} after; counted here by score alone.",
        before=barred["before"],
        after=barred["after"],
    )
    figures: list[tuple[Text, object]] = [(msg("Higher grade"), won), (msg("Lower grade"), lost)]
    figures += [(msg("Unchanged"), kept), (msg("Points change"), impact.moved)]
    kinds = ["verdict" if cost["harmed"] else "" for cost in found["protected"]]
    pays: list[Block] = [
        Paragraph(text.to(lang), kind) for text, kind in zip(impact.who_pays, [*kinds, ""], strict=False)
    ]
    told = [Paragraph(verdict.to(lang), "verdict"), *pays, tiles(lang, figures)]
    return [first or None, *told, eligible, *(paragraph([text]) for text in _in_words(impact, found, reforms))]


def _in_words(impact: Impact, found: Mapping[str, Any], reforms: Sequence[Reform]) -> Iterator[Text]:
    """Yield a sentence each on what is changed and why, grades, groups, rows, and how many stand close to a line."""
    if changes := [_in_short(change) for change, _ in _amendments(impact, reforms)]:
        yield msg("What is changed: {changes}", changes=in_turn(changes, _TOLD))
    if reasons := list(dict.fromkeys(sentence(reform.reason) for reform in reforms if reform.reason)):
        yield msg("Why: {reasons}", reasons=in_turn(reasons))
    standard, sides = impact.after, zip(found["baseline"], found["reform"], strict=True)
    other = [(b, a) for b, a in sides if b["count"] != a["count"]]
    counts = join(paired(standard.named(b["grade"]), f"{b['count']} → {a['count']}") for b, a in other)
    yield msg("Subjects by grade: {counts}", counts=counts) if other else msg("No grade has more or fewer subjects")
    if rows := sorted(impact.rows.items(), key=lambda row: -abs(float(row[1][0])))[:_TOLD]:
        criteria = {**impact.before.criteria, **standard.criteria}
        names = join(noted(criteria[key].gloss, _change(float(n), "+.2f")) for key, (n, *_) in rows if key in criteria)
        yield msg("The points change most through {names}", names=names)
    close = [line for line in found["cliffs"] if line["side"] == "after"]
    below, above = (sum(line[side] for line in close) for side in ("below", "above"))
    yield msg(
        "After the reform {below} subjects are at most 5 points below a grade line, and {above} at most 5 above one",
        below=below,
        above=above,
    )


def _amendments(impact: Impact, reforms: Sequence[Reform]) -> Sequence[tuple[Change, Text]]:
    return diff(impact.before, impact.after, [(impact.before, reform) for reform in reforms]).amendments


@_SECTIONS.add(msg("Amendments"))
def amendments(impact: Impact, lang: Lang, reforms: list[Reform]) -> Blocks:
    """Return what each of the reforms changes, clause by clause, and why."""
    return amendments_table(_amendments(impact, reforms), lang)


@_SECTIONS.add(_SHARES)
def grades(impact: Impact, lang: Lang) -> Blocks:
    """Return the share of each grade before and after, drawn and in numbers."""
    found, total = impact.to_dict(movers=0), impact.census.count
    rows = [
        (impact.before.named(b["grade"]), *(n := (b["count"], a["count"])), *(f"{m / total:.1%}" for m in n))
        for b, a in zip(found["baseline"], found["reform"], strict=True)
    ]
    heads = msg("grade"), msg("before"), msg("after"), msg("share before"), msg("share after")
    return shares_figure(impact, lang), grid(lang, heads, rows, right=(1, 2, 3, 4))


def shares_figure(impact: Impact, lang: Lang) -> Figure:
    """Return the share of each grade before and after, drawn."""
    return chart_figure(_SHARES.to(lang), "analysis_charts.shares", impact, lang)


@_SECTIONS.add(_FLOWS)
def flows(impact: Impact, lang: Lang) -> Blocks:
    """Return who goes from which grade to which."""
    names = [impact.before.named(grade) for grade in impact.grades]
    rows = [(name, *counts.tolist()) for name, counts in zip(names, impact.transitions.to_numpy(), strict=True)]
    heads = [msg("before \\ after"), *names]
    return transitions_figure(impact, lang), grid(lang, heads, rows, right=range(1, len(heads)))


def transitions_figure(impact: Impact, lang: Lang) -> Figure:
    """Return who goes from which grade to which, drawn."""
    return chart_figure(_FLOWS.to(lang), "analysis_charts.transitions", impact, lang)


@_SECTIONS.add(msg("Groups, and subjects close to a grade line"))
def groups(impact: Impact, lang: Lang) -> Blocks:
    """Return winners and losers by group, and the subjects close to a line."""
    found = impact.to_dict(movers=0)
    named_in = impact.before.named
    is_told = any(g.get("excluded") for g in found["groups"])
    by_group = [
        (
            GROUPINGS.get(g["group"], same(g["group"])),
            g["value"],
            *(g[key] for key in ("count", "winners", "losers")),
            "—" if (share := g["share_losing"]) is None else f"{share:.1%}",
            _change(g["mean_change"], "+.2f"),
            *([g["excluded"]] if is_told else []),
        )
        for g in found["groups"]
    ]
    stages = {"before": msg("before"), "after": msg("after")}
    close = [
        (stages[c["side"]], named_in(c["grade"]), f"{c['line']:g}", c["below"], c["above"]) for c in found["cliffs"]
    ]
    heads = [msg_in("table", "group"), msg_in("table", "value"), msg("count"), msg("winners"), msg("losers")]
    heads += [msg("lose a grade"), msg("mean change"), *([msg("may no longer apply")] if is_told else [])]
    caption = msg("Winners and losers by group")
    blocks: list[Block] = [grid(lang, heads, by_group, right=range(2, len(heads)), caption=caption)] if by_group else []
    heads = [msg("stage"), msg("grade"), msg("line"), msg("5 points below"), msg("5 points above")]
    blocks.append(grid(lang, heads, close, right=(2, 3, 4), caption=msg("Subjects close to a grade line")))
    return blocks


@_SECTIONS.add(msg("Biggest movers"))
def movers(impact: Impact, lang: Lang) -> Blocks:
    """Return those whom the reforms move most, and how many more they move."""
    found = impact.to_dict(movers=_MOVERS)
    if not found["movers"]:
        return msg("Nobody moves.")
    rows = []
    for mover in found["movers"]:
        grades = (impact.before.named(mover[side]) for side in ("from", "to"))
        points = (f"{mover[side]:.6g}" for side in ("from_score", "to_score"))
        rows.append((mover["id"], *grades, *points, _change(mover["change"])))
    heads = [msg("id"), msg("from"), msg("to"), msg("score before"), msg("score after"), msg("change")]
    more = found["movers_left_out"]
    omitted = msg("{more} more, which move as far or less, are not listed.", more=more)
    return grid(lang, heads, rows, right=(3, 4, 5)), omitted if more else None


@_SECTIONS.add(msg("Rows responsible"))
def rows(impact: Impact, lang: Lang) -> Blocks:
    """Return the rows responsible for the change of points; they add up to it."""
    if not impact.rows:
        return msg("No row's points change.")
    glosses: dict[str, Any] = {**impact.before.criteria, **impact.after.criteria}
    listed = [
        (glosses[row].gloss if row in glosses else row, *(_change(float(n), "+.2f") for n in points))
        for row, points in impact.rows.items()
    ]
    heads = msg_in("column", "row"), msg("change of points"), msg("of winners"), msg("of losers")
    return grid(lang, heads, listed, right=(1, 2, 3))


@_SECTIONS.add(SOURCES)
def sources(impact: Impact, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Blocks:
    """Return what the impact was computed from, last of all; `more` holds the files and their check sums."""
    after = impact.after
    readings = after.readings_text(impact.readings)
    used = [(msg("Standard as reformed"), noted(after.edition, after.sha256[:16])), (msg("Readings used"), readings)]
    return sources_tables(impact.before, lang, used, more)


def _in_short(change: Change) -> Text:
    """Return what is changed, from what to what if that is short."""
    old, new = change.old, change.new
    moved = Text(f"{old.zh} → {new.zh}", f"{old.en} → {new.en}")
    return change.subject if "\n" in moved.zh or len(moved.en) > _SHORT else paired(change.subject, moved)


def _of(make: Callable[..., Section]) -> Callable[[Moved, Lang], Section]:
    """Return a section as a function of an impact with its reforms."""
    takes_reforms = make.__name__ in ("cover", "summary", "amendments")
    return lambda moved, lang: make(moved[0], lang, moved[1]) if takes_reforms else make(moved[0], lang)


PIECES = {key: _of(make) for key, make in _SECTIONS.items()}
"""The sections of the impact report by their keys, in its order: what a printed report is made again from."""


def overview(impact: Impact, lang: Lang = "zh") -> list[Section]:
    """Return an impact without its report's frame: the notes of its population, and all that moves."""
    texts = words(lang, *impact.census.notes, self_assessment(impact.before))
    notes = Section("", "", tuple(Paragraph(text, "status") for text in texts))
    return [notes, *(make(impact, lang) for make in (summary, grades, flows, groups, movers, rows))]


def _change(value: float | None, form: str = "+.10g") -> str:
    """Return a change with its sign, 0 for none, and — where it is unknown.

    Examples
    --------
    >>> _change(2.5), _change(0), _change(-0.001, "+.2f"), _change(None)
    ('+2.5', '0', '0', '—')
    """
    if value is None:
        return "—"
    text = f"{value:{form}}"
    return text if float(text) else "0"
