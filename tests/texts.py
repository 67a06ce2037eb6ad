"""What sections say, as a reader of any format should find it."""

from collections.abc import Iterable

from lsstd.pages.blocks import Figure, Pairs, Paragraph, Section, Table, Tiles


def texts_of(sections: Iterable[Section]) -> set[str]:
    """Return the titles, paragraphs, labels, values, heads and cells of sections; white space made one."""
    return {" ".join(text.split()) for section in sections for text in _texts(section) if text.strip()}


def _texts(section: Section) -> Iterable[str]:
    yield section.title
    for block in section.blocks:
        match block:
            case Paragraph():
                yield block.text
            case Pairs() | Tiles():
                yield from (text for row in block.rows for text in row)
            case Table():
                yield from (text for row in (block.heads, *block.rows) for text in row)
            case Figure():
                continue
