"""Holding a printed report against its sections, computed anew: which line differs, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lsstd.office import documents
from lsstd.pages.blocks import Line, Section, Table
from lsstd.reports.adapted import adapted
from lsstd.reports.printed import Printed

_ANCHOR = 24
"""So many characters, at least, must agree for the text of a PDF to be taken for going on from there."""


@dataclass(frozen=True)
class Difference:
    """A line that is printed otherwise than computed; an empty text where one of the two has none."""

    where: str
    printed: str
    recomputed: str


def differences(sections: Sequence[Section], printed: Printed) -> list[Difference]:
    """Return each line in which a printed report differs from its sections.

    Parameters
    ----------
    sections : sequence of Section
        As computed anew, in the order of the report.
    printed : Printed
        As read from the file. HTML is compared to the letter. Word and Excel are but for white space, empty cells,
        which are left aside, and the control characters that Word cannot hold. PDF is compared as running text, so that
        cells "5" and "10" read like "51" and "0", and but for characters that fonts draw alike or that it does not tell
        (see `plain` there). How long bars are drawn is told by HTML and Excel alone.

    Returns
    -------
    list of Difference
        In the order of the report; empty if nothing differs.
    """
    if printed.kind == "html":
        extra = [Difference("", text, "") for text in printed.loose]
        return [*_of_parts(sections, printed), *extra]
    shown = adapted(sections, printed.kind)
    lines = [(place, text) for section in shown for place, text in section.lines() if _is_told(text)]
    texts = [text for _, part in printed.parts for text in part if _is_told(text)]
    if printed.kind == "pdf":
        from lsstd.reports.pdf import is_turned, plain

        heads = {plain("".join(b.heads)) for section in shown for b in section.blocks if isinstance(b, Table)}
        words = {plain(text): [plain(word) for word in text.split()] for _, text in lines if is_turned(text)}
        running = _cut([plain(text) for _, text in lines], [plain(page) for page in texts], heads - {""}, words)
        return list(_of_lines(lines, list(running), plain))
    held = documents.clean if printed.kind == "docx" else str  # what Word cannot hold is not written
    return list(_of_lines(lines, texts, lambda text: " ".join(held(text).split())))


def _is_told(text: str) -> bool:
    """Say whether anything of a text is left where control characters and white space are not."""
    return bool(documents.clean(text).strip())


def _of_parts(sections: Sequence[Section], printed: Printed) -> Iterator[Difference]:
    """Compare section by section; tell one that is missing, added or moved as a whole."""
    keys, found = [section.key for section in sections], [key for key, _ in printed.parts]
    for kind, start, end, begin, stop in _opcodes(found, keys):
        if kind == "equal":
            for section, (_, texts) in zip(sections[begin:stop], printed.parts[start:end], strict=True):
                yield from _of_lines(list(section.lines()), texts, str)
        else:
            for _, texts in printed.parts[start:end]:
                told = next((text for text in texts if text.strip()), "")
                yield Difference(told, "\n".join(texts), "")
            for section in sections[begin:stop]:
                yield Difference(section.title, "", "\n".join(text for _, text in section.lines()))


def _of_lines(lines: Sequence[Line], texts: Sequence[str], plain: Callable[[str], str]) -> Iterator[Difference]:
    """Compare line by line."""
    wanted, given = [plain(text) for _, text in lines], [plain(text) for text in texts]
    for kind, start, end, begin, stop in _opcodes(given, wanted):
        if kind == "equal":
            continue
        if kind == "delete":
            rows = [_row(lines, place + begin - start) for place in range(len(given) + 1)]
            moved = _whole_rows(given, start, end, rows)
            near = lines[min(begin + moved - start, len(lines) - 1)][0] if lines else ""
            yield from (Difference(near, text, "") for text in texts[moved : moved + end - start])
        elif kind == "insert":
            moved = _whole_rows(wanted, begin, stop, [_row(lines, place) for place in range(len(lines) + 1)])
            yield from (Difference(place, "", text) for place, text in lines[moved : moved + stop - begin])
        else:
            yield from _replaced(lines[begin:stop], texts[start:end])


def _replaced(lines: Sequence[Line], texts: Sequence[str]) -> Iterator[Difference]:
    """Pair lines with what stands in their place; what is left over on one side is missing on the other."""
    for place in range(max(len(lines), len(texts))):
        where, text = lines[place] if place < len(lines) else (lines[-1][0], "")
        yield Difference(where, texts[place] if place < len(texts) else "", text)


def _opcodes(given: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield what differs, as `SequenceMatcher` does; what is alike at both ends is never looked through."""
    most = min(len(given), len(wanted))
    head = next((place for place in range(most) if given[place] != wanted[place]), most)
    tail = next((n for n in range(most - head) if given[-n - 1] != wanted[-n - 1]), most - head)
    yield "equal", 0, head, 0, head
    middle = given[head : len(given) - tail], wanted[head : len(wanted) - tail]
    for kind, start, end, begin, stop in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        yield kind, start + head, end + head, begin + head, stop + head
    yield "equal", len(given) - tail, len(given), len(wanted) - tail, len(wanted)


def _whole_rows(texts: Sequence[str], start: int, end: int, rows: Sequence[str]) -> int:
    """Return where a piece that one side lacks may as well begin, so that it begins with a row.

    Cells that say the same at the piece's end and before its start leave its place open.
    """
    first, last = start, start
    while first > 0 and texts[first - 1] == texts[first - 1 + end - start]:
        first -= 1
    while last + end - start < len(texts) and texts[last] == texts[last + end - start]:
        last += 1
    begins = (place for place in range(last, first - 1, -1) if place == 0 or rows[place] != rows[place - 1])
    return next(begins, start)


def _row(lines: Sequence[Line], place: int) -> str:
    """Return the place of the row in which a line stands."""
    return lines[place][0].rpartition(" › ")[0] if 0 <= place < len(lines) else ""


def _cut(
    wanted: Sequence[str], pages: Sequence[str], heads: set[str], words: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Cut the running text of a PDF into lines: each as computed where it stands there, else what stands between.

    Of lines that a PDF may tell in another order, `words` has the parts.
    """
    stream, place, at = _joined(pages, heads), 0, 0
    while place < len(wanted):
        line = wanted[place]
        if (end := _end_of(line, words.get(line, ()), stream, at)) >= 0:
            yield line
            at, place = end, place + 1
        else:
            place, until = _anchor(wanted, stream, place, at)
            if until > at:
                yield stream[at:until]
            at = until
    if stream[at:]:
        yield stream[at:]


def _end_of(line: str, words: Sequence[str], stream: str, at: int) -> int:
    """Return where a line ends that begins here, be it with its words in another order; -1 where it does not."""
    if stream.startswith(line, at):
        return at + len(line)
    left = sorted(words, key=len, reverse=True)
    while left:
        word = next((word for word in left if stream.startswith(word, at)), None)
        if word is None:
            return -1
        at += len(word)
        left.remove(word)
    return at if words else -1


def _joined(pages: Sequence[str], heads: set[str]) -> str:
    """Return the text of all pages without the heads that a table repeats on a new one."""
    stream = ""
    for page in pages:
        again = (head for head in heads if page.startswith(head) and head in stream)
        stream += page[len(max(again, key=len, default="")) :]
    return stream


def _anchor(wanted: Sequence[str], stream: str, place: int, at: int) -> tuple[int, int]:
    """Return from which line on, and from where in the text, both agree again: with the least left out of either."""
    best, skipped = (len(wanted), len(stream)), 0
    least = len(stream) - at + sum(map(len, wanted[place:]))
    for ahead in range(place, len(wanted)):
        key, end = "", ahead
        while end < len(wanted) and (end == ahead or len(key) < _ANCHOR):
            key, end = key + wanted[end], end + 1
        found = stream.find(key, at)
        if found >= 0 and skipped + found - at < least:
            best, least = (ahead, found), skipped + found - at
        skipped += len(wanted[ahead])
        if skipped >= least:
            break
    return best
