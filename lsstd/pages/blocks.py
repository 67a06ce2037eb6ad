"""What a page is made of: sections of blocks. One model; rendered as HTML here, in other formats elsewhere."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, wraps
from html import escape
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from lsstd.exact import shown
from lsstd.exact import signed as signed
from lsstd.words import Lang, Marked, Text, msg, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

NO_NAME = msg("(no name given)")
NON_NORMATIVE = msg("lsstd's own, non-normative")
_BOX = re.compile(r"[□☐][^\s<]")
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _html(text: str) -> str:
    """Return a text as HTML, with its line ends and its marks; a box to tick stays with what follows it."""
    if isinstance(text, Marked):
        tags = {"same": "{}", "deleted": "<del>{}</del>", "inserted": "<ins>{}</ins>"}
        return "".join(tags[kind].format(_html(piece)) for kind, piece in text.spans)
    return _BOX.sub(r'<span class="box">\g<0></span>', escape(text).replace("\n", "<br>"))


class _Block:
    @property
    def html(self) -> str:
        """The block as HTML, in which every text of a user is escaped."""
        return _rendered(self)


@dataclass(frozen=True)
class Paragraph(_Block):
    """A paragraph; its kind says how it is set: plain, ``verdict``, ``status``.

    Of a document that is sent out, ``headline`` is the title, ``signature`` the closing.
    """

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Pairs(_Block):
    """Labels with their values, one below the other."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tiles(_Block):
    """Key figures, each with its label."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table(_Block):
    """A table; columns in `right` hold numbers, those in `tight` stay on one line.

    A link is the place of a cell, row and column, and its target. The rows in `groups` head those below them, as far as
    the next: their first cell spans all columns, and a group stays on one page where it fits. A terminal shows
    the first `most` rows.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    tight: tuple[int, ...] = ()
    links: tuple[tuple[int, int, str], ...] = ()
    caption: str = ""
    groups: tuple[int, ...] = ()
    most: int | None = None


@dataclass(frozen=True)
class Contents(_Block):
    """The contents of a report: their title, and the headings of its sections, each with the key that leads to it."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Figure(_Block):
    """A drawing: what it shows in words, and how matplotlib draws it, done once and only where it is needed."""

    alt: str
    draw: Callable[[], Drawn] = field(repr=False)
    caption: str = ""

    @cached_property
    def svg(self) -> str:
        """The drawing as an SVG element whose texts are text."""
        from lsstd.pages.drawing import svg_of

        return svg_of(self.draw())

    @cached_property
    def png(self) -> bytes:
        """The drawing as a picture, for Word and Excel."""
        from lsstd.pages.drawing import png_of

        return png_of(self.draw())


def _rendered(block: object) -> str:
    match block:
        case Paragraph(text, "headline"):
            return f'<h1 class="headline">{_html(text)}</h1>'
        case Paragraph(text, kind):
            return f'<p class="{kind}">{_html(text)}</p>' if kind else f"<p>{_html(text)}</p>"
        case Pairs(rows):
            return f"<dl>{''.join(f'<dt>{_html(label)}</dt><dd>{_html(value)}</dd>' for label, value in rows)}</dl>"
        case Tiles(rows):
            tiles = (f"<div><span>{_html(label)}</span><b>{_html(value)}</b></div>" for label, value in rows)
            return f'<div class="tiles">{"".join(tiles)}</div>'
        case Table():
            return _table(block)
        case Contents(title, entries):  # the page's number is filled in where a page is printed
            lines = (f'<a href="#{_quoted(key)}"><span>{_html(text)}</span><i></i></a>' for text, key in entries)
            return f"<nav><b>{_html(title)}</b>{''.join(lines)}</nav>"
        case Figure(alt=alt, svg=svg, caption=caption):
            below = f"<figcaption>{_html(caption)}</figcaption>" if caption else ""
            return f'<figure role="img" aria-label="{_quoted(alt)}">{svg}{below}</figure>'
    raise TypeError(block)


def _quoted(text: str) -> str:
    return escape(text, quote=True)


def _table(table: Table) -> str:
    """Return a table as HTML that scrolls where the page is narrow."""
    kinds = {**dict.fromkeys(table.tight, ' class="tight"'), **dict.fromkeys(table.right, ' class="number"')}
    head = "".join(f'<th scope="col"{kinds.get(i, "")}>{_html(text)}</th>' for i, text in enumerate(table.heads))
    links = {(row, column): target for row, column, target in table.links}
    lines = []
    for i, row in enumerate(table.rows):
        cells = [_html(text) for text in row]
        for j in range(len(cells)):
            if target := links.get((i, j)):
                cells[j] = f'<a href="{_quoted(target)}">{cells[j]}</a>'
        line = "".join(f"<td{kinds.get(j, '')}>{cell}</td>" for j, cell in enumerate(cells))
        if i in table.groups:
            line = f'<th colspan="{len(row)}" scope="rowgroup">{cells[0]}</th>'
        lines.append(("</tbody><tbody>" if i and i in table.groups else "") + f"<tr>{line}</tr>")
    caption = f"<caption>{_html(table.caption)}</caption>" if table.caption else ""
    kind, body = ' class="grouped"' if table.groups else "", f"<tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table{kind}>{caption}<thead><tr>{head}</tr></thead>{body}</table></div>'


@dataclass(frozen=True)
class Bar:
    """A horizontal bar: its label, which shares of its track are full and pale, and the text at its end."""

    label: str
    full: float
    text: str
    pale: float = 0.0


def chart_figure(alt: str, chart: str, found: object, lang: Lang) -> Figure:
    """Return a chart of a result, named by module and function; matplotlib is loaded only when it is drawn."""

    def draw() -> Drawn:
        from lsstd.pages.drawing import framed

        return framed(chart, found, lang)

    return Figure(alt, draw)


def bar_figure(alt: str, bars: Sequence[Bar], legend: Sequence[str] = ()) -> Figure:
    """Return a chart of bars; the legend names the full and the pale part."""

    def draw() -> Drawn:
        from lsstd.pages.charts import bars_alone

        return bars_alone(bars, legend)

    return Figure(alt, draw)


Blocks: TypeAlias = "Block | Text | Sequence[Block | Text | None]"
Block: TypeAlias = Paragraph | Pairs | Tiles | Table | Contents | Figure


@dataclass(frozen=True)
class Section:
    """A part of a page: its key (by which it can be made again), its title, its blocks.

    In a notebook it is displayed as HTML. A cover says above its title what kind of report it is. In a report a section
    has a number, and may begin a page.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    kind: str = ""
    number: str = ""
    begins_page: bool = False

    @property
    def heading(self) -> str:
        """The title with the section's number, if it has one."""
        return f"{self.number} {self.title}".lstrip()

    @property
    def is_cover(self) -> bool:
        """Whether it is a report's cover."""
        return bool(self.kind)

    @property
    def html(self) -> str:
        """The section as HTML, in which every text of a user is escaped."""
        key = _quoted(self.key)
        marks = f' data-section="{key}" id="{key}"' if self.key else ""
        marks += ' class="cover"' if self.is_cover else ' class="page"' if self.begins_page else ""
        below = "".join(block.html for block in self.blocks)
        if self.is_cover:
            return f'<header{marks}><p class="kind">{_html(self.kind)}</p><h1>{_html(self.title)}</h1>{below}</header>'
        return f"<section{marks}>{f'<h2>{_html(self.heading)}</h2>' if self.title else ''}{below}</section>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # The style sheet of a report's notebook is for this class alone: the rest of the notebook stays as it is.
        return {"text/html": f'<div class="lsstd">{self.html}</div>', "text/plain": f"<{self.title}>"}


def text_of(cell: object, lang: Lang) -> str:
    """Return what a cell says: a text in its language, a number as readers write it, — where there is nothing."""
    if isinstance(cell, Text | str):
        return cell.to(lang) if isinstance(cell, Text) else cell
    return shown(cell) if cell is None or isinstance(cell, int | Fraction) else str(cell)


def section(title: Text, lang: Lang, *blocks: Block | Text | None, key: str = "") -> Section:
    """Return a section with its heading; a text becomes a paragraph, and what is None is left out."""
    made = (Paragraph(block.to(lang)) if isinstance(block, Text) else block for block in blocks if block is not None)
    return Section(key, title.to(lang), tuple(made))


def cover_of(
    lang: Lang,
    kind: Text,
    title: str,
    pairs: Iterable[tuple[Text, object]],
    notes: Iterable[Text],
    first: Iterable[Text] = (),
) -> Section:
    """Return a cover: the kind of report, its title (a name, if any), what comes first, labels with values, notes."""
    about: Block = Pairs(labelled(lang, pairs))
    blocks = (*paragraphs(lang, first, "verdict"), about, *paragraphs(lang, notes))
    return Section("", title or NO_NAME.to(lang), blocks, kind.to(lang))


def paragraphs(lang: Lang, texts: Iterable[Text], kind: str = "status") -> list[Paragraph]:
    """Return texts as paragraphs of one kind: by default the small print."""
    return [Paragraph(text.to(lang), kind) for text in texts]


_OPENING = ("cover", "summary", "explanation")
"""The sections that stand on pages of their own: the cover, and what the head of a base reads."""


def numbered(sections: Iterable[Section], lang: Lang) -> list[Section]:
    """Return a report's sections with numbered headings and captions, and its contents at the end of the cover."""
    made: list[Section] = []
    counts: Counter[type[Block]] = Counter()
    before = ""
    for number, part in enumerate(sections):  # the cover has none
        name, blocks = part.key.rpartition(".")[2], list(part.blocks)
        for place, block in enumerate(blocks):
            if isinstance(block, Table | Figure):
                counts[type(block)] += 1
                count, name_of = counts[type(block)], block.caption or getattr(block, "alt", part.title)
                caption = msg("Figure {number}. {name}", number=count, name=name_of)
                if isinstance(block, Table):
                    caption = msg("Table {number}. {name}", number=count, name=name_of)
                blocks[place] = dataclasses.replace(block, caption=caption.to(lang))
        begins = before == "cover" or (before in _OPENING and name not in _OPENING)
        number_text = "" if part.is_cover else str(number)
        made.append(dataclasses.replace(part, blocks=tuple(blocks), number=number_text, begins_page=begins))
        before = name
    contents = Contents(msg("Contents").to(lang), tuple((part.heading, part.key) for part in made[1:]))
    return [dataclasses.replace(made[0], blocks=(*made[0].blocks, contents)), *made[1:]]


def grid(
    lang: Lang,
    heads: Iterable[Text],
    rows: Iterable[Sequence[object]],
    right: Iterable[int] = (),
    tight: Iterable[int] = (),
    caption: Text | None = None,
    groups: Iterable[int] = (),
    most: int | None = None,
) -> Table:
    """Return a table in one language, its cells of any kind that `text_of` knows; without a caption, its section's."""
    listed = tuple(tuple(text_of(cell, lang) for cell in row) for row in rows)
    named = caption.to(lang) if caption else ""
    return Table(tuple(words(lang, *heads)), listed, tuple(right), tuple(tight), (), named, tuple(groups), most)


def by_columns(
    lang: Lang, items: Iterable[_T], columns: Sequence[tuple[Text, Callable[[_T], object]]], right: Iterable[int] = ()
) -> Table:
    """Return a table with a row for each item; each column has a head and a function of the item."""
    rows = [[says(item) for _, says in columns] for item in items]
    return grid(lang, [head for head, _ in columns], rows, right)


def labelled(lang: Lang, rows: Iterable[tuple[Text, object]]) -> tuple[tuple[str, str], ...]:
    """Return labels with values in one language: the rows of `Pairs` and `Tiles`."""
    return tuple((label.to(lang), text_of(value, lang)) for label, value in rows)


def tiles(lang: Lang, rows: Iterable[tuple[Text, object]]) -> Tiles:
    """Return key figures in one language."""
    return Tiles(labelled(lang, rows))


class Pieces(dict[str, Callable[..., Section]]):
    """The sections of a kind of report by their keys, in its order: what a printed report is made again from."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def add(
        self, title: Text | None = None
    ) -> Callable[[Callable[Concatenate[_T, Lang, _P], Any]], Callable[Concatenate[_T, Lang, _P], Section]]:
        """Return a decorator that adds the next piece, under the name of the function that makes it.

        With a title, the function returns what goes below it: a block, a text, or several of them; without one, the
        whole section.
        """

        def decorated(make: Callable[Concatenate[_T, Lang, _P], Any]) -> Callable[Concatenate[_T, Lang, _P], Section]:
            key = f"{self.kind}.{make.__name__}"

            @wraps(make)
            def piece(content: _T, lang: Lang, /, *args: _P.args, **kwargs: _P.kwargs) -> Section:
                made = make(content, lang, *args, **kwargs)
                if title is not None:
                    made = section(title, lang, *(made if isinstance(made, tuple | list) else (made,)))
                found: Section = dataclasses.replace(made, key=key)
                return found

            self[key] = piece
            return piece

        return decorated
