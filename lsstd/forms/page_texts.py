"""The scripts of the form's page, with the Chinese of the words that they show."""

from __future__ import annotations

import json
import re

from lsstd.files.places import PACKAGE
from lsstd.words import msg, msg_in

_SAID = re.compile(r'\bt(?:In\("(\w+)", |\()"(.*?)"')
_EMPTY = "const CHINESE = {};"


def form_script(*more: str) -> str:
    """Return the module that shows a form: it needs nothing beside it, in any page that gives it a channel.

    Further scripts of the package, such as ``page.js``, become part of the same module.
    """
    script = "\n".join((PACKAGE / "widgets" / name).read_text(encoding="utf-8") for name in ("form.js", *more))
    said = sorted({tuple(filter(None, found)) for found in _SAID.findall(script)})  # words, some with their sense
    chinese = {"|".join(words): (msg_in if len(words) > 1 else msg)(*words).zh for words in said}
    return script.replace(_EMPTY, f"const CHINESE = {json.dumps(chinese, ensure_ascii=False)};", 1)
