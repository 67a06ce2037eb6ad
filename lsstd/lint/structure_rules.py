"""Rules on the structure of a text: numbering, scope, references, annexes, tables, announced counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

from lsstd.lint.draft import CITED, NUMERALS, Draft, is_top, sequences, value_of
from lsstd.lint.rule import Fault, RuleBook
from lsstd.words import msg

STRUCTURE = RuleBook[Draft](msg("texts whose clause numbers were extracted with them"))
rule = STRUCTURE.rule


@rule("S101", "warning", msg("clause numbers follow each other without gap or repeat"), "7.2, 7.3")
def numbers_in_order(draft: Draft) -> Iterator[Fault]:
    """Numbers of one level under one parent count on by one."""
    for run in (*draft.children.values(), *sequences(draft)):
        for before, after in pairwise(run):
            above, dot, last = after.number.rpartition(".")
            expected = value_of(before.number.rpartition(".")[2]) + 1
            if value_of(last) != expected:
                is_chinese = not last.isascii() and expected <= 10
                right = f"{above}{dot}{NUMERALS[expected] if is_chinese else expected}"
                message = msg("{after} follows {before}", after=after.number, before=before.number)
                yield after.fault(message, msg("number it {right}", right=right), after.text)


@rule("S102", "warning", msg("no level of numbering is skipped"), "7.3")
def levels_without_skip(draft: Draft) -> Iterator[Fault]:
    """A clause with three numbers stands below one with two."""
    known = {p.number for p in draft.numbered}
    for above, (p, *_) in draft.children.items():
        if above and above not in known and not above.isalpha():
            message = msg("{number} has no {above} above it", number=p.number, above=above)
            yield p.fault(message, msg("add {above} with a title, or renumber", above=above), p.text)


@rule("S103", "warning", msg("a level is divided into two clauses or more"), "7.3")
def no_single_clause(draft: Draft) -> Iterator[Fault]:
    """A clause is not divided into one; annexes whose only clause introduces a table are common and let be."""
    known = {p.number for p in draft.numbered}
    for above, (p, *others) in draft.children.items():
        if above in known and not above[0].isalpha() and not others:
            message = msg("{above} has a single clause, {number}", above=above, number=p.number)
            right = msg("divide it into two or more, or not at all")
            yield Fault(above, message, right, p.text, line=p.line)


_SCOPE = re.compile(r"本(文件|标准|规范)(规定|确立|描述|提供|给出|界定|确定)")


def _core(text: str) -> str:
    return re.sub(r"[\s、，,和与及以的]|相关|方面|要求", "", text)


@rule("S104", "info", msg("the scope names what the chapters treat"), "8.5")
def scope_names_the_chapters(draft: Draft) -> Iterator[Fault]:
    """What the scope enumerates is found among the titles, and the chapters after the terms in the scope."""
    place = next((i for i, p in enumerate(draft.headings) if p.text == "范围"), None)
    if place is None:
        return
    heading, after = draft.headings[place], draft.headings[place + 1 :]
    scope = next((p for p in draft.paragraphs if p.clause == heading.clause and _SCOPE.match(p.text)), None)
    end = next((i for i, p in enumerate(after) if p.style != heading.style and is_top(p)), len(after))
    chapters = [p for p in after[:end] if p.style == heading.style and "." not in p.number]
    chapters = [p for p in chapters if not re.search("规范性引用|术语|缩略语|符号", p.text)]
    if scope is None or not chapters:
        return
    text = re.sub("(方面)?的?(要求|内容|规定)(?=[，。、；以])", "", scope.text)
    pieces = (re.sub("^.*的", "", piece) for piece in re.split("[、，。；和]|以及", text))
    named = [_core(piece) for piece in pieces if not _SCOPE.match(piece)]
    every = _core(scope.text)
    for chapter in chapters:
        words = [_core(word) for word in (chapter.text, *re.split("[、和与及]", chapter.text))]
        if not any(len(word) > 1 and word in every for word in words):
            number, title = chapter.number, chapter.text
            message = msg("chapter {number} {title} is not named in the scope", number=number, title=title)
            yield scope.fault(message, msg("name it in the scope"), scope.text)
    titles = [_core(p.text) for p in draft.headings]
    for piece in named:
        close = max((SequenceMatcher(None, piece, title).ratio() for title in titles), default=0)
        is_within = any(piece in title or title in piece for title in titles if title)
        if 1 < len(piece) < 12 and close < 0.7 and not is_within:
            message = msg("the scope names {piece}, which no clause treats under its title", piece=piece)
            yield scope.fault(message, msg("treat it, or leave it out of the scope"), scope.text)


@rule("R201", "warning", msg("a standard is cited as it is listed: prefix, number, year"), "8.6, 9.5")
def citations_match_the_list(draft: Draft) -> Iterator[Fault]:
    """Every dated citation in the body stands in the list of normative references, spelled alike."""
    chapter = draft.chapter("规范性引用文件")
    if not chapter:
        return
    listed = {"".join(m.group(1, 2, 4)): m[0] for p in chapter for m in CITED.finditer(p.text)}
    for p, found in draft.finds(CITED):
        if p.line <= chapter[-1].line or "".join(found.group(1, 2, 4)) in listed:
            continue
        near = [name for name in listed.values() if found[2] in name]
        near += [name for key, name in listed.items() if SequenceMatcher(None, key, found[0]).ratio() > 0.75]
        nearest = near[0] if near else msg("nothing of it")
        message = msg("{found} is cited, {near} listed", found=found[0], near=nearest)
        yield p.fault(message, msg("spell both alike, or list what is cited"), found[0])


@rule("R202", "warning", msg("what is listed is cited in the text"), "8.6")
def the_list_is_cited(draft: Draft) -> Iterator[Fault]:
    """A standard in the list is cited somewhere after it, by its number at least."""
    chapter = draft.chapter("规范性引用文件")
    rest = "".join(p.text for p in draft.paragraphs if p not in chapter and p.clause)
    for p, found in draft.finds(CITED):
        if p in chapter and not re.search(rf"(?<!\d){re.escape(found[2])}(?!\d)", rest):
            message = msg("{found} is listed and cited nowhere", found=found[0])
            yield p.fault(message, msg("cite it where it applies, or take it off the list"), found[0])


@rule("R205", "info", msg("number and year of a standard are joined by a dash"), "8.1, 9.5")
def citations_have_a_dash(draft: Draft) -> Iterator[Fault]:
    """GB/T 25103-2010 has a hyphen."""
    for p, found in draft.finds(CITED):
        if found[3] in "-－":
            right = found[0].replace(found[3], "—")
            yield p.fault(msg("a hyphen in {found}", found=found[0]), msg("write {right}", right=right), found[0])


_NAMED = r"附录\s?([A-Z])(?![A-Za-z])|(?<![一-龥])?([表图])\s?([A-Z]\.\d+|\d{1,2})(?!\d)|第\s?(\d{1,2})\s?章"


@rule("R203", "error", msg("annexes, tables and chapters that the text names exist"), "9.5, 9.6, 9.8")
def what_is_named_exists(draft: Draft) -> Iterator[Fault]:
    """见表3, 附录C, 第7章: each is there."""
    annexes = {p.number for p in draft.headings if p.style == "annex"}
    captions = {p.number for p in draft.paragraphs if p.kind == "caption"}
    numbers = {p.number for p in draft.numbered}
    for p, found in draft.finds(_NAMED):
        annex, kind, number, chapter = found.groups()
        known, name = (annexes, annex) if annex else (numbers, chapter)
        if kind:
            known, name = captions, f"{kind}{number}"
        if p.kind != "caption" and known and name not in known:
            message = msg("{found} is named and does not exist", found=found[0])
            yield p.fault(message, msg("add it, or correct the reference"), found[0])


@rule("R204", "info", msg("annexes and tables are named in the text"), "9.6, 9.8")
def what_exists_is_named(draft: Draft) -> Iterator[Fault]:
    """Each annex and table is led to from the text."""
    led = (p.text for p in draft.paragraphs if p.kind != "caption" and p.style != "annex")
    text = re.sub(r"\s", "", "".join(led))
    for p in {(p.number, p.kind): p for p in reversed(draft.paragraphs)}.values():  # the first of each
        name = f"附录{p.number}" if p.style == "annex" else p.number
        if (p.style == "annex" or p.kind == "caption") and name and name not in text:
            yield p.fault(msg("{name} is named nowhere", name=name), msg("name it where it applies"), p.text)


@rule("S105", "info", msg("a title and its clauses have one order"), "7.2, 7.3")
def titles_follow_their_clauses(draft: Draft) -> Iterator[Fault]:
    """公示、公告及异议处理 over the clauses 公示, 异议处理, 公告."""
    for chapter in draft.headings:
        under = [p for p in draft.children.get(chapter.number, ()) if p.kind == "heading"]
        below = [p.text for p in under if p.line > chapter.line]
        named = [piece for piece in re.split("[、和及与]|以及", chapter.text) if piece in below]
        order = [below.index(piece) for piece in named]
        if chapter.style == "1" and order != sorted(order):
            listed = "、".join(sorted(named, key=below.index))
            message = msg("the title says {title}, its clauses are {listed}", title="、".join(named), listed=listed)
            yield chapter.fault(message, msg("bring one into the order of the other"), chapter.text)


_COUNT = re.compile(
    rf"(?:分为|包括|设|共|共有|划分为|分)\s?(\d{{1,2}}|[{NUMERALS}两]{{1,2}})\s?个?"
    r"(等级|级别|级|类别|类|阶段|部分|方面|步骤|项|种|档|层级|维度)"
    r"[^。；]{0,12}?(?:分别为|分别是|即|：|:|，为|包括)\s?([^。；]{2,120})"
)


@rule("C301", "error", msg("as many are listed as are announced"), msg("the number decides what there is"))
def announced_counts(draft: Draft) -> Iterator[Fault]:
    """分为5个等级，分别为A、B、C、D: four are listed."""
    for p, found in draft.finds(_COUNT):
        enumerated = re.split("，(?![^、]*、)", found[3])[0]
        pieces = re.split(r"、|和(?=[^、]{1,12}$)|以及|及(?=[^、]{1,12}$)", enumerated)
        listed = [piece for piece in pieces if piece.strip()]
        if len(listed) > 1 and value_of(found[1]) != len(listed):
            message = msg(
                "{announced} {what} are announced, {count} are listed: {listed}",
                announced=found[1],
                what=found[2],
                count=len(listed),
                listed="、".join(listed),
            )
            yield p.fault(message, msg("correct the number, or add what is missing"), found[0])


_TALLY = re.compile(r"(?:共|合计|总计)[^。；]{0,12}?(\d{1,5})\s?(条|项|个|份|家|人)([^。]{4,80})")


@rule("C302", "error", msg("a tally adds up"), msg("arithmetic"))
def tallies_add_up(draft: Draft) -> Iterator[Fault]:
    """共收集意见18条…采纳9条，部分采纳3条，不采纳1条，无意见5条."""
    for p, found in draft.finds(_TALLY):
        pieces = [int(n) for n in re.findall(rf"[\u4e00-\u9fff]\s?(\d{{1,5}})\s?{found[2]}", found[3])]
        is_whole = len(pieces) >= 2 and "其中" in found[3] and not re.search("等|约|余", found[3])
        if is_whole and sum(pieces) != (whole := int(found[1])):
            numbers = " + ".join(map(str, pieces))
            message = msg("{numbers} = {sum}, not {whole}", numbers=numbers, sum=sum(pieces), whole=whole)
            yield p.fault(message, msg("correct one of the numbers"), found[0])
