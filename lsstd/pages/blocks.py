"""What a page is made of: sections of blocks. One model; rendered as HTML here, in other formats elsewhere."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, wraps
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, SupportsFloat, TypeAlias

from lsstd.exact import Exact, shown
from lsstd.words import Lang, Text, msg, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

MIME = "application/vnd.lsstd.section+json"
"""Under this type a notebook's output carries a section's blocks, beside its HTML."""

NO_NAME = msg("(no name given)")
NON_NORMATIVE = msg("lsstd's own, non-normative")
_P = ParamSpec("_P")


def _html(text: str) -> str:
    """Return a text as HTML, with its line ends."""
    return escape(text).replace("\n", "<br>")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; its kind says how it is set: plain, ``verdict``, ``status``, ``kind`` (above a title)."""

    text: str
    kind: str = ""

    @property
    def html(self) -> str:
        """The paragraph as HTML."""
        return f'<p class="{self.kind}">{_html(self.text)}</p>' if self.kind else f"<p>{_html(self.text)}</p>"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str

    @property
    def html(self) -> str:
        """The heading as HTML."""
        return f"<h3>{_html(self.text)}</h3>"


@dataclass(frozen=True)
class Pairs:
    """Labels with their values, one below the other."""

    rows: tuple[tuple[str, str], ...]

    @property
    def html(self) -> str:
        """The pairs as a list of HTML."""
        return f"<dl>{''.join(f'<dt>{_html(label)}</dt><dd>{_html(value)}</dd>' for label, value in self.rows)}</dl>"


@dataclass(frozen=True)
class Tiles:
    """Key figures, each with its label."""

    rows: tuple[tuple[str, str], ...]

    @property
    def html(self) -> str:
        """The figures as tiles of HTML."""
        tiles = (f"<div><span>{_html(label)}</span><b>{_html(value)}</b></div>" for label, value in self.rows)
        return f'<div class="tiles">{"".join(tiles)}</div>'


@dataclass(frozen=True)
class Table:
    """A table; columns in `right` hold numbers, those in `tight` stay on one line.

    A link is the place of a cell, row and column, and its target.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    tight: tuple[int, ...] = ()
    links: tuple[tuple[int, int, str], ...] = ()

    @property
    def html(self) -> str:
        """The table as HTML that scrolls where the page is narrow."""
        kinds = {**dict.fromkeys(self.tight, ' class="tight"'), **dict.fromkeys(self.right, ' class="number"')}
        head = "".join(f'<th scope="col"{kinds.get(i, "")}>{_html(text)}</th>' for i, text in enumerate(self.heads))
        links = {(row, column): target for row, column, target in self.links}
        lines = []
        for i, row in enumerate(self.rows):
            cells = [_html(text) for text in row]
            for j in range(len(cells)):
                if target := links.get((i, j)):
                    cells[j] = f'<a href="{escape(target, quote=True)}">{cells[j]}</a>'
            lines.append("".join(f"<td{kinds.get(j, '')}>{cell}</td>" for j, cell in enumerate(cells)))
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


@dataclass(frozen=True, eq=False)
class Figure:
    """A drawing: what it shows in words, and how matplotlib draws it, which is done once and only where it is needed.

    Two are equal that look alike as SVG; one that travelled (in a notebook's output) carries what was drawn.
    """

    alt: str
    draw: Callable[[], Drawn] = field(repr=False)

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Figure) and (self.alt, self.svg) == (other.alt, other.svg)

    def __hash__(self) -> int:
        return hash(self.alt)

    @property
    def html(self) -> str:
        """The drawing as HTML, named for those who do not see it."""
        return f'<figure role="img" aria-label="{escape(self.alt, quote=True)}">{self.svg}</figure>'

    def plain(self) -> dict[str, str]:
        """Return plain values from which the same figure can be made again."""
        return {"alt": self.alt, "svg": self.svg, "png": base64.b64encode(self.png).decode()}


def figure_of(alt: str, svg: str, png: str) -> Figure:
    """Return a figure from its plain values."""

    def draw() -> Drawn:
        raise ValueError("a figure that travelled is drawn already")

    figure = Figure(alt, draw)
    vars(figure).update(svg=svg, png=base64.b64decode(png))
    return figure


@dataclass(frozen=True)
class Bar:
    """A horizontal bar: its label, which shares of its track are full and pale, and the text at its end."""

    label: str
    full: float
    text: str
    pale: float = 0.0


def chart_figure(alt: str, chart: str, *arguments: object) -> Figure:
    """Return a figure that a function here draws, by module and name; matplotlib is loaded when it is drawn."""

    def draw() -> Drawn:
        module, name = chart.split(".")
        drawn: Drawn = getattr(import_module(f"lsstd.pages.{module}"), name)(*arguments)
        return drawn

    return Figure(alt, draw)


def bar_figure(alt: str, bars: Sequence[Bar], legend: Sequence[str] = ()) -> Figure:
    """Return a chart of bars; the legend names the full and the pale part."""
    return chart_figure(alt, "charts.bars_alone", bars, legend)


Block: TypeAlias = Paragraph | Heading | Pairs | Tiles | Table | Figure
_KINDS: dict[str, Callable[..., Block]] = {
    "figure": figure_of,
    **{kind.__name__.lower(): kind for kind in (Paragraph, Heading, Pairs, Tiles, Table)},
}


@dataclass(frozen=True)
class Section:
    """A part of a page: its key (by which it can be made again), its title, its blocks.

    In a notebook it is displayed as HTML; its blocks travel beside, for Word and Excel.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    is_cover: bool = False

    @property
    def html(self) -> str:
        """The section as HTML, in which every text of a user is escaped."""
        key = f' data-section="{escape(self.key, quote=True)}"' if self.key else ""
        above = "".join(block.html for block in self.blocks if self.is_cover and _is_kind(block))
        below = "".join(block.html for block in self.blocks if not (self.is_cover and _is_kind(block)))
        if self.is_cover:
            return f'<header class="cover"{key}>{above}<h1>{_html(self.title)}</h1>{below}</header>'
        return f"<section{key}><h2>{_html(self.title)}</h2>{below}</section>"

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same section can be made again."""
        blocks = [
            {"block": type(block).__name__.lower()}
            | (block.plain() if isinstance(block, Figure) else dataclasses.asdict(block))
            for block in self.blocks
        ]
        return {"key": self.key, "title": self.title, "is_cover": self.is_cover, "blocks": blocks}

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        # As one text: a notebook is copied often, and a text is copied at once.
        plain = json.dumps(self.plain(), ensure_ascii=False)
        # The style sheet of a report's notebook is for this class alone: the rest of the notebook stays as it is.
        return {"text/html": f'<div class="lsstd">{self.html}</div>', "text/plain": f"<{self.title}>", MIME: plain}


def _is_kind(block: Block) -> bool:
    """Whether a block stands above a cover's title."""
    return isinstance(block, Paragraph) and block.kind == "kind"


def section_of(plain: Mapping[str, Any]) -> Section:
    """Return a section from its plain values, as `Section.plain` gives them."""
    blocks = [
        _KINDS[block["block"]](**{key: _tuples(value) for key, value in block.items() if key != "block"})
        for block in plain["blocks"]
    ]
    return Section(plain["key"], plain["title"], tuple(blocks), plain["is_cover"])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value


def text_of(cell: object, lang: Lang) -> str:
    """Return what a cell says: a text in its language, a number as readers write it, — where there is nothing."""
    if isinstance(cell, Text):
        return cell.to(lang)
    return shown(cell) if cell is None or isinstance(cell, int | Fraction) else str(cell)


def signed(points: Exact) -> str:
    """Return a change of points with its sign."""
    return ("+" if points > 0 else "") + shown(points)


def section(title: Text, lang: Lang, *blocks: Block | Text | None, key: str = "") -> Section:
    """Return a section with its heading; a text becomes a paragraph, and what is None is left out."""
    made = (Paragraph(block.to(lang)) if isinstance(block, Text) else block for block in blocks if block is not None)
    return Section(key, title.to(lang), tuple(made))


def cover_of(
    key: str, kind: str, title: str, pairs: Sequence[tuple[str, str]], notes: Iterable[str], first: Iterable[str] = ()
) -> Section:
    """Return a cover: the kind of report, its title, what comes before all else, labels with values, notes."""
    above, below = (Paragraph(text, "verdict") for text in first), (Paragraph(note, "status") for note in notes)
    return Section(key, title, (Paragraph(kind, "kind"), *above, Pairs(tuple(pairs)), *below), is_cover=True)


def table(
    heads: Iterable[str], rows: Iterable[Sequence[str]], right: Iterable[int] = (), tight: Iterable[int] = ()
) -> Table:
    """Return a table from any iterables."""
    return Table(tuple(heads), tuple(tuple(row) for row in rows), tuple(right), tuple(tight))


def grid(
    lang: Lang,
    heads: Iterable[Text],
    rows: Iterable[Sequence[object]],
    right: Iterable[int] = (),
    tight: Iterable[int] = (),
) -> Table:
    """Return a table in one language, its cells of any kind that `text_of` knows."""
    return table(words(lang, *heads), ([text_of(cell, lang) for cell in row] for row in rows), right, tight)


def labelled(lang: Lang, rows: Iterable[tuple[Text, object]]) -> tuple[tuple[str, str], ...]:
    """Return labels with values in one language: the rows of `Pairs` and `Tiles`."""
    return tuple((label.to(lang), text_of(value, lang)) for label, value in rows)


def report_sections(kind: str, register: dict[str, Any]) -> Callable[[Callable[_P, Section]], Callable[_P, Section]]:
    """Return a decorator that keys a section by its kind of report and its name, and registers it in that order."""

    def decorated(make: Callable[_P, Section]) -> Callable[_P, Section]:
        key = f"{kind}.{make.__name__}"

        @wraps(make)
        def keyed(*args: _P.args, **kwargs: _P.kwargs) -> Section:
            return dataclasses.replace(make(*args, **kwargs), key=key)

        register[key] = keyed
        return keyed

    return decorated


def bar(secured: SupportsFloat, possible: SupportsFloat, maximum: SupportsFloat, width: int = 20) -> str:
    """Draw a bar of characters: secured full, possible shaded.

    Examples
    --------
    >>> bar(5, 10, 20, width=8)
    '██▒▒····'
    """
    top = float(maximum) or 1.0
    full, reached = (min(max(round(width * float(points) / top), 0), width) for points in (secured, possible))
    return "█" * full + "▒" * (reached - full) + "·" * (width - reached)
