"""Rules on the wording of a text: modal verbs, vague words, one thing under two names, punctuation, likely typos."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from lsstd.lint.draft import Draft, DraftParagraph
from lsstd.lint.rule import BONUS, THRESHOLD, WORDS, Fault, RuleBook
from lsstd.words import Text, join, msg, same

WORDING = RuleBook[Draft](msg("Chinese texts of standards and notes about them"))
rule = WORDING.rule
_TABLES = msg("tables of points")
_LEAD_IN = WORDS["lead_in"]


Found = list[tuple[DraftParagraph, str]]  # paragraphs, each with the words in it that are meant


def _once(found: Found, message: Text, right: Text, reading: str | None = None) -> Iterator[Fault]:
    """Yield one fault for one cause: at the first place, with the lines of the others."""
    for first, quote in found[:1]:
        if lines := ", ".join(str(p.line) for p, _ in found[1:21]):
            message = msg("{message}; also in lines {lines}", message=message, lines=lines)
        yield first.fault(message, right, quote, reading)


def _in_text(draft: Draft, pattern: str) -> Found:
    kinds = ("clause", "item", "row", "text")
    return [(p, found[0]) for p, found in draft.finds(pattern) if p.kind in kinds and p.clause]


_OF_STANDARDS = msg("texts of standards; laws that are quoted keep their words")


@rule("M101", "warning", msg("requirements say 应 or 不应"), "C.1", _OF_STANDARDS)
def forbidden_modals(draft: Draft) -> Iterator[Fault]:
    """必须, 严禁, 不可, 禁止 and 不得 are not the words of a requirement."""
    for word, right in WORDS["modals"].items() if draft.is_standard else ():
        message = msg("{word} is used for a requirement or recommendation", word=re.sub(r"\(.*", "", word))
        yield from _once(_in_text(draft, rf"{word}[^，。；、]{{0,8}}"), message, msg("write {right}", right=right))


@rule("M102", "warning", msg("a definition holds no requirement"), "8.7")
def no_requirement_in_a_definition(draft: Draft) -> Iterator[Fault]:
    """应 and 宜 stand in no definition."""
    for p in draft.chapter("术语"):
        if p.kind in ("text", "clause") and (
            found := re.search(r"(?<![相供响适反对])(应(?![用急对答聘届])|宜(?!居|人))[^，。；]{1,12}", p.text)
        ):
            message = msg("a requirement in a definition: {found}", found=found[0])
            yield p.fault(message, msg("define only, and require it in a clause"), found[0])


@rule("M103", "warning", msg("rows that are scored are demands of one strength"), "C.3", _TABLES)
def recommendations_are_not_scored(draft: Draft) -> Iterator[Fault]:
    """A row that begins with 宜 among rows that demand leaves open whether it may cost points."""
    recommends = re.compile(r"^宜|[^便适相合]宜(?=[开挖建设采配制定组提])")
    found = [(p, p.text[:30]) for p in draft.scored_rows if len(p.text) > 12 and recommends.search(p.text)]
    message = msg("{count} scored rows recommend (宜)", count=len(found))
    yield from _once(found, message, msg("demand it, or leave it out of the points"), "recommended_rows")


_BONUS = r"[^，。；]{0,12}(可(?:适当)?加分|酌情(?:加|扣)分|给予加分)(?![^。；]{0,10}\d)[^。；]{0,6}"


@rule("M104", "warning", *BONUS, _TABLES)
def a_bonus_has_an_amount(draft: Draft) -> Iterator[Fault]:
    """可加分 says neither how much nor up to what."""
    for p in draft.paragraphs:
        if found := re.search(_BONUS, p.text):
            message = msg("a bonus without amount: {found}", found=found[0])
            yield p.fault(message, msg("say how many points, and whether beyond the maximum"), found[0], "bonus")


@rule("M105", "warning", *THRESHOLD, _TABLES)
def quantities_have_thresholds(draft: Draft) -> Iterator[Fault]:
    """A row that asks for a number of things names one."""
    for p in draft.scored_rows:
        body = re.sub(r"\s*\d{1,3}$", "", p.text)
        has_number = re.search(r"\d|[一二三四五六七八九十]+[个次家场]|增长|提高", body)
        found = re.search(r"[^，。；]{0,16}(数量|场次|次数|时长|规模|频次)(?=[、，。；]|$)", body)
        if len(body) > 12 and found and not has_number:
            message = msg("a quantity without threshold: {found}", found=found[0])
            yield p.fault(message, msg("name the number that earns the points"), found[0])


@rule("M106", "info", msg("one row asks one thing"), msg("what part of the points a part earns is left open"), _TABLES)
def one_demand_a_row(draft: Draft) -> Iterator[Fault]:
    """Rows of several sentences share one number of points, and nothing says how."""
    if re.search("全部满足|逐项(计|打|评)分|分别(计|打|评)分|按比例", draft.text):
        return
    found = [(p, p.text[:30]) for p in draft.scored_rows if len(re.findall(r"[。；]", p.text)) >= 2]
    message = msg("{count} rows hold several demands under one number of points", count=len(found))
    yield from _once(found, message, msg("divide the points, or say that all must be met"), "compound_rows")


@rule("W201", "info", msg("words that can be checked"), "C", msg("texts of standards"))
def vague_words(draft: Draft) -> Iterator[Fault]:
    """较为完善, 一定数量, 必要的: two who assess would differ."""
    found = [one for word in WORDS["vague"] for one in _in_text(draft, word)] if draft.is_standard else []
    found.sort(key=lambda one: one[0].line)
    words = join(same(word) for word in dict.fromkeys(quote for _, quote in found))
    message = msg("words that cannot be measured: {words}", words=words)
    yield from _once(found, message, msg("name what is to be there, or how much of it"))


def _terms(draft: Draft) -> list[str]:
    """Return the terms that matter: what the title is about, and what is defined."""
    title = re.sub(
        r"(建设与运营|建设和运营|服务|管理|评价|运营|规范|规程|指南|要求|标准|准则|导则|与|和|及)+$", "", draft.title
    )
    title = re.split(r"(?:建设|运营|服务|管理|评价|技术|等级)", title)[0] or title
    return list(dict.fromkeys(term for term in (title, *_defined(draft)) if 3 <= len(term) <= 16))


def _defined(draft: Draft) -> dict[str, DraftParagraph]:
    headings = (p for p in draft.chapter("术语") if p.kind == "heading" and "." in p.number)
    return {p.text.split("  ")[0].split(" ")[0]: p for p in headings}


@rule("W202", "warning", msg("one thing has one name"), "4.2, 8.7", msg("the term of the title and those defined"))
def words_in_one_order(draft: Draft) -> Iterator[Fault]:
    """电商直播共享基地 beside 直播电商共享基地: the same characters in another order."""
    text = re.sub(r"\s", "", draft.text)
    for term in _terms(draft):
        if len(term) < 5:
            continue
        found, key = Counter[str](), sorted(term)
        for i in range(len(text) - len(term) + 1):
            window = text[i : i + len(term)]
            if window != term and window[-2:] == term[-2:] and sorted(window) == key:
                found[window] += 1
        for variant in found:
            if where := draft.first_with(variant):
                message = msg("{variant} beside {term}", variant=variant, term=term)
                yield where.fault(message, msg("write {term} everywhere", term=term), variant)


@rule("W207", "info", msg("a short form is said to be one"), "8.8", msg("the term of the title"))
def short_forms_are_introduced(draft: Draft) -> Iterator[Fault]:
    """直播电商 beside 直播电子商务, without 以下简称."""
    text = re.sub(r"\s", "", draft.text)
    for long, short in WORDS["short_forms"].items():
        for term in re.findall(rf"[一-龥]{{2}}{long}", draft.title):
            abridged = term.replace(long, short)
            is_said = re.search(rf"以下简称[“「]?{abridged}", text)
            count = text.count(abridged)
            if (where := draft.first_with(abridged)) and count >= 3 and not is_said:
                message = msg("{short} for {term}, {count} times", short=abridged, term=term, count=count)
                yield where.fault(message, msg("write 以下简称“{short}” once", short=abridged), abridged)


_TERMS_USED = msg("what the title is about is defined, and what is defined is used")


@rule("W203", "warning", _TERMS_USED, "8.7", msg("texts with a chapter of terms"))
def key_terms_are_defined(draft: Draft) -> Iterator[Fault]:
    """The term of the title stands among the definitions; a defined term stands in a clause after them."""
    chapter = draft.chapter("术语")
    if not (defined := _defined(draft)):
        return
    after = "".join(re.sub(r"\s", "", p.text) for p in draft.paragraphs[draft.paragraphs.index(chapter[-1]) + 1 :])
    for term in _terms(draft)[:1]:
        if term not in defined and after.count(term) >= 3:
            near = [name for name in defined if name[:2] == term[:2]]
            message = msg("{term} is used {count} times and not defined", term=term, count=after.count(term))
            if near:
                message = msg("{message}; defined is {near}", message=message, near="、".join(near))
            yield chapter[0].fault(message, msg("define it, or use the defined term"), chapter[0].text)
    for term, p in defined.items():
        if term and term not in after:
            yield p.fault(msg("{term} is defined and not used", term=term), msg("leave it out"), p.text)


@rule("W204", "info", msg("an authority has one name"), "4.2")
def authorities_have_one_name(draft: Draft) -> Iterator[Fault]:
    """省商务厅, 黑龙江省商务厅, 省级行业主管部门: who is meant?"""
    places: dict[str, dict[str, DraftParagraph]] = defaultdict(dict)
    for p in draft.paragraphs if draft.is_standard else ():
        for found in _AUTHORITY.finditer(p.text):
            places[found[2]].setdefault(found[0], p)
    for field, names in places.items():
        regions = [name.removesuffix(field) for name in names]
        if len(names) > 1 and any(one != other and one.endswith(other) for one in regions for other in regions):
            first, *_ = sorted(names.values(), key=lambda p: p.line)
            listed = "、".join(f"{name}（{p.clause or p.line}）" for name, p in names.items())
            message = msg("several names: {listed}", listed=listed)
            yield first.fault(message, msg("keep to one of them"), field)


_AUTHORITY = re.compile(
    rf"((?:(?:{'|'.join(WORDS['provinces'])})省|[省市县区]级|[省市县区]|国家)?)"
    rf"((?:{'|'.join(WORDS['fields'])})(?:行政)?(?:厅|局|委员会|委|(?:行政)?主管部门))"
)


_OF_LEVELS = msg("tables that name levels")


@rule("W205", "warning", msg("neighbouring names differ"), msg("a reader cannot tell which is meant"), _OF_LEVELS)
def parent_and_child_differ(draft: Draft) -> Iterator[Fault]:
    """A name that stands twice among the rows of one table of indicators, or is another one in the next table."""
    listed = {number: [re.sub(r"\s|[（(].*", "", row.text) for row in rows] for number, rows in draft.tables.items()}
    names = {
        number: [name for name in every if 2 <= len(name) <= 8 and re.fullmatch("[一-龥]+", name)]
        for number, every in listed.items()
    }
    for number, every in names.items():
        rows = draft.tables[number]
        is_plain = len(every) >= 0.6 * len(rows) and len(every) >= 6
        for name, count in Counter(every).items():
            if is_plain and count > 1:
                row = next(r for r in rows if re.sub(r"\s", "", r.text) == name)
                message = msg("{name} occurs {count} times in {table}", name=name, count=count, table=number)
                alike = [o for o in names if o != number and len({*names[o]} & {*every}) > len({*every}) / 2]
                if extra := [one for other in alike for one in dict.fromkeys(names[other]) if one not in every]:
                    others = "、".join(extra[:3])
                    message = msg("{message}; {other} has {extra}", message=message, other=alike[0], extra=others)
                right = msg("give each level its own name, the same in all tables")
                yield row.fault(message, right, name)


@rule("W206", "warning", msg("what is named as given is given"), "9.5", msg("texts that score"))
def rules_that_are_named_are_given(draft: Draft) -> Iterator[Fault]:
    """按…赋分标准进行打分, and no such standard stands anywhere."""
    for word in WORDS["named_rules"]:
        found = [p for p in draft.paragraphs if word in re.sub(r"\s", "", p.text)]
        heads = (p.kind in ("heading", "caption") and word in p.text for p in found)
        is_given = any(heads) or any(re.search(rf"{word}(?:见|如)", p.text) for p in found) or word in draft.title
        for p in [] if is_given else found[:1]:
            message = msg("{word} is named and given nowhere", word=word)
            yield p.fault(message, msg("give it, or name what is meant"), word)


@rule("T301", "info", msg("Chinese text has full-width brackets and one sign for percent"), "10")
def full_width_signs(draft: Draft) -> Iterator[Fault]:
    """市(地) beside 市（地）, 10％ beside 10%."""
    half = _in_text(draft, r"[一-龥]\([一-龥][^)]{0,12}\)")
    yield from _once(half, msg("half-width brackets: {found}", found=half[0][1] if half else ""), msg("write （…）"))
    if "%" in draft.text and "％" in draft.text:
        found = _in_text(draft, r"\d{1,3}\s?％")
        yield from _once(found, msg("％ beside %"), msg("write one of them"))


_JOINED = msg("paragraphs that were joined without doubt")


@rule("T302", "warning", msg("brackets and quotation marks come in pairs"), "10", _JOINED)
def pairs_are_closed(draft: Draft) -> Iterator[Fault]:
    """（ without ）, 《 without 》."""
    for p in draft.paragraphs:
        if p.kind in ("row", "caption") or not p.is_sentence:
            continue
        text = re.sub(r"^[a-z0-9]{1,2}[)）]|[①-⑳]|(?<![（(\w])[a-z0-9][)）]", "", p.text)
        text = text.replace("(", "（").replace(")", "）")
        for left, right in ("（）", "《》", "“”", "〔〕", "【】"):
            opened, closed = text.count(left), text.count(right)
            if opened != closed:
                message = msg(
                    "{left} {opened} times, {right} {closed} times",
                    left=left,
                    right=right,
                    opened=opened,
                    closed=closed,
                )
                yield p.fault(message, msg("close it, or take it out"), p.text[:40])


@rule("T303", "info", msg("a sentence has its end"), "10", msg("clauses, and rows whose neighbours end in a full stop"))
def sentences_end(draft: Draft) -> Iterator[Fault]:
    """A clause, or a row among rows that end so, without 。"""
    found = []
    for i, p in enumerate(draft.paragraphs):
        body = re.sub(r"\s*\d{1,3}(\.\d)?$", "", p.text) if p.kind == "row" else p.text
        is_last = i + 1 == len(draft.paragraphs) or draft.paragraphs[i + 1].kind in ("heading", "clause", "caption")
        prose = len(body) > 20 and re.search("[、，。；]", body) and body[-1:] not in "。；：:？！”）)、，"
        is_row = p.clause in draft.scored and p.lines > 1
        if prose and (p.kind == "clause" or is_row or (p.kind == "text" and is_last)):
            found.append((p, body[-20:]))
    message = msg("no full stop at the end: …{end}", end=found[0][1] if found else "")
    yield from _once(found, message, msg("end it with 。"))


_PHRASES = msg("a list of phrases that are wrong in any context")


@rule("T304", "info", msg("likely typos in set phrases"), msg("what editors correct"), _PHRASES)
def likely_typos(draft: Draft) -> Iterator[Fault]:
    """选贯 for 宣贯, 术语与定义 for 术语和定义."""
    for wrong, right in WORDS["typos"].items():
        found = [(p, m[0]) for p in draft.paragraphs if (m := re.search(wrong, p.text))]
        if found:
            message = msg("{wrong} is probably {right}", wrong=found[0][1], right=right)
            yield from _once(found, message, msg("write {right}", right=right))


_BEFORE_THE_LIST = msg("the sentence before the list of references")


@rule("T305", "info", msg("fixed sentences are as GB/T 1.1 has them"), "8.6", _BEFORE_THE_LIST)
def fixed_sentences(draft: Draft) -> Iterator[Fault]:
    """The sentence that leads in the normative references is word for word the prescribed one."""
    for p in draft.chapter("规范性引用文件"):
        text = re.sub(r"\s", "", p.text)
        if text.startswith("下列文件") and text != _LEAD_IN and "不可" not in text[:4]:
            at = next((i for i in range(len(text)) if text[: i + 1] != _LEAD_IN[: i + 1]), len(text))
            message = msg("it differs from the prescribed sentence at “{found}”", found=text[at : at + 12])
            yield p.fault(message, msg("write “{right}”", right=_LEAD_IN[at : at + 12]), p.text[:30])
