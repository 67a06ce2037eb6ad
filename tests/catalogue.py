"""The catalogue of Chinese messages: gathered from the code and compiled (``python run.py words``).

New messages enter it empty, in the order of the code; what no code says any more leaves it.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "lsstd" / "locale" / "zh" / "LC_MESSAGES" / "lsstd.po"
DAY = datetime(2022, 12, 24, tzinfo=UTC)  # any: the compiled file must not change with the clock
KEYWORDS = {"msg": None, "msg_in": ((1, "c"), 2)}
SCRIPTS = {"t": None, "tIn": ((1, "c"), 2)}
HEADER = """# The Chinese of every message of lsstd: msgid is the English in the code, msgstr the Chinese.
# {names} in braces stand for values and stay as they are; msgctxt tells apart two senses of the same English.
#"""


def renewed() -> Catalog:
    """Return the catalogue with exactly the messages that the code holds, translated as before."""
    before = read_po(io.BytesIO(PO.read_bytes()))
    catalogue = Catalog(locale="zh", header_comment=HEADER, fuzzy=False, creation_date=DAY, revision_date=DAY)
    in_scripts = extract_from_dir(
        ROOT / "lsstd", [("**.js", "javascript")], {"**.js": {"parse_template_string": "yes"}}, SCRIPTS
    )
    for file, _line, message, _comments, context in chain(
        extract_from_dir(ROOT / "lsstd", keywords=KEYWORDS), in_scripts
    ):
        known = before.get(message, context)
        catalogue.add(message, known.string if known else "", [(f"lsstd/{file}", None)], context=context)
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file holds it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, omit_header=True, include_lineno=False)
    head = f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: zh\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """Return a catalogue as programs read it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Write the catalogue anew; name what has no Chinese yet."""
    catalogue = renewed()
    PO.write_bytes(as_po(catalogue))
    PO.with_suffix(".mo").write_bytes(as_mo(catalogue))
    missing = [message.id for message in catalogue if message.id and not message.string]
    print(f"{len(catalogue)} messages, {len(missing)} without Chinese", *missing, sep="\n  ")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
