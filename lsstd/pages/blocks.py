"""What a printed page is made of: sections of blocks. One model, rendered as HTML here, as Word and Excel elsewhere."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

from lsstd.words import Lang, Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Drawn

MIME = "application/vnd.lsstd.section+json"
"""Under this type a notebook's output carries a section's blocks, beside its HTML."""


def escaped(text: str) -> str:
    """Return a text as HTML shows it, its line ends kept."""
    return escape(text).replace("\n", "<br>")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; its kind says how it is set: plain, ``verdict``, ``status``, ``kind`` (above a title)."""

    text: str
    kind: str = ""

    @property
    def html(self) -> str:
        """The paragraph as HTML."""
        return f'<p class="{self.kind}">{escaped(self.text)}</p>' if self.kind else f"<p>{escaped(self.text)}</p>"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str

    @property
    def html(self) -> str:
        """The heading as HTML."""
        return f"<h3>{escaped(self.text)}</h3>"


@dataclass(frozen=True)
class Pairs:
    """Labels with their values, one below the other."""

    rows: tuple[tuple[str, str], ...]

    @property
    def html(self) -> str:
        """The pairs as a list of HTML."""
        listed = "".join(f"<dt>{escaped(label)}</dt><dd>{escaped(value)}</dd>" for label, value in self.rows)
        return f"<dl>{listed}</dl>"


@dataclass(frozen=True)
class Tiles:
    """Key figures, each with its label."""

    rows: tuple[tuple[str, str], ...]

    @property
    def html(self) -> str:
        """The figures as tiles of HTML."""
        told = (f"<div><span>{escaped(label)}</span><b>{escaped(value)}</b></div>" for label, value in self.rows)
        return f'<div class="tiles">{"".join(told)}</div>'


@dataclass(frozen=True)
class Table:
    """A table; columns in `right` hold numbers, those in `tight` stay on one line.

    A link is the place of a cell, row and column, and where it leads.
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
        head = "".join(f'<th scope="col"{kinds.get(i, "")}>{escaped(text)}</th>' for i, text in enumerate(self.heads))
        links = {(row, column): target for row, column, target in self.links}
        cells = (
            "".join(f"<td{kinds.get(j, '')}>{_cell(text, links.get((i, j)))}</td>" for j, text in enumerate(row))
            for i, row in enumerate(self.rows)
        )
        body = "".join(f"<tr>{row}</tr>" for row in cells)
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

    def gone() -> Drawn:
        raise ValueError("a figure that travelled is drawn already")

    figure = Figure(alt, gone)
    vars(figure).update(svg=svg, png=base64.b64decode(png))
    return figure


Block: TypeAlias = Paragraph | Heading | Pairs | Tiles | Table | Figure
_KINDS: dict[str, Callable[..., Block]] = {
    "figure": figure_of,
    **{kind.__name__.lower(): kind for kind in (Paragraph, Heading, Pairs, Tiles, Table)},
}


class Html:
    """A piece of safe HTML that a notebook shows; as text it is its length."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{len(self.html)} characters of HTML>"


@dataclass(frozen=True)
class Section:
    """A part of a page: its key (by which it can be made again), its title, its blocks.

    In a notebook it shows as HTML; its blocks travel beside, for Word and Excel.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    is_cover: bool = False

    @property
    def html(self) -> str:
        """The section as HTML: every text of a user escaped."""
        told = "".join(block.html for block in self.blocks)
        key = f' data-section="{escape(self.key, quote=True)}"' if self.key else ""
        if not self.is_cover:
            return f"<section{key}><h2>{escaped(self.title)}</h2>{told}</section>"
        above = "".join(block.html for block in self.blocks if _is_kind(block))
        below = "".join(block.html for block in self.blocks if not _is_kind(block))
        return f'<header class="cover"{key}>{above}<h1>{escaped(self.title)}</h1>{below}</header>'

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same section can be made again."""
        blocks = [
            {"block": type(block).__name__.lower()}
            | (block.plain() if isinstance(block, Figure) else dataclasses.asdict(block))
            for block in self.blocks
        ]
        return {"key": self.key, "title": self.title, "is_cover": self.is_cover, "blocks": blocks}

    @property
    def json(self) -> str:
        """The same as text: a notebook is copied often, and a text is copied at once."""
        return json.dumps(self.plain(), ensure_ascii=False)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/html": f'<div class="lsstd">{self.html}</div>', "text/plain": f"<{self.title}>", MIME: self.json}


def section_of(plain: Mapping[str, Any]) -> Section:
    """Return a section from its plain values, as `Section.plain` gives them."""
    blocks = []
    for given in plain["blocks"]:
        block = {key: _tuples(value) for key, value in given.items() if key != "block"}
        blocks.append(_KINDS[given["block"]](**block))
    return Section(plain["key"], plain["title"], tuple(blocks), plain["is_cover"])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value


def section(title: Text, lang: Lang, *blocks: Block | None, key: str = "") -> Section:
    """Return a section with its heading; what is None is left out."""
    return Section(key, title.to(lang), tuple(block for block in blocks if block is not None))


def table(
    heads: Iterable[str], rows: Iterable[Sequence[str]], right: Iterable[int] = (), tight: Iterable[int] = ()
) -> Table:
    """Return a table from any iterables."""
    return Table(tuple(heads), tuple(tuple(row) for row in rows), tuple(right), tuple(tight))


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


def as_frame(table: Table) -> pd.DataFrame:
    """Return a table as a data frame: the same rows; columns of numbers alone hold numbers."""
    import pandas as pd

    frame = pd.DataFrame([list(row) for row in table.rows], columns=list(table.heads))
    for place in table.right:
        column = frame.iloc[:, place].replace("—", None)
        with contextlib.suppress(ValueError):
            frame.isetitem(place, pd.to_numeric(column).to_numpy())
    return frame


def _is_kind(block: Block) -> bool:
    """Say whether a block stands above a cover's title."""
    return isinstance(block, Paragraph) and block.kind == "kind"


def _cell(text: str, target: str | None) -> str:
    return escaped(text) if target is None else f'<a href="{escape(target, quote=True)}">{escaped(text)}</a>'
