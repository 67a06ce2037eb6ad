"""The large form: one widget of plain controls over a session of `lsstd.forms`; it only shows and collects."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget

from lsstd.errors import LsstdError
from lsstd.files.cases import evaluate
from lsstd.files.standards import load_standard
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session
from lsstd.widgets.take_away import kinds, offer
from lsstd.words import Lang

_HERE = Path(__file__).parent


def default_file(standard: str) -> Path:
    """Return where a form keeps its file if nothing else is said: a folder of the user's own."""
    return Path.home() / "lsstd" / f"{standard}.yaml"


class AssessmentForm(anywidget.AnyWidget):
    """A form for any standard, kept in a file at every change.

    Parameters
    ----------
    standard : str
        A standard's id or file.
    file : str or Path, optional
        Where the assessment is kept; it need not exist yet. Default: ``lsstd/<standard>.yaml`` in the user's home.
    subject : mapping of str to str, optional
        What a new file says of its subject from the start, such as its ``party``.
    """

    _esm = _HERE / "form.js"
    _css = _HERE / "form.css"

    def __init__(self, standard: str, file: str | Path | None = None, subject: Mapping[str, str] | None = None) -> None:
        super().__init__()
        loaded = load_standard(standard)
        path = Path(file or default_file(loaded.standard))
        self.session = Session(loaded, Keeper(path.absolute(), loaded, subject or {}), evaluate)
        self.session.handle({"page": "kernel", "id": 1, "do": "open"})  # what cannot be opened, the page will tell
        self.on_msg(self._heard)

    def _heard(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("do") == "offer":  # a report takes seconds, in which edits go on
            threading.Thread(target=self._offer, args=(message,), daemon=True).start()
        else:
            answer = self.session.handle(message)
            if "schema" in answer:
                answer["offers"] = kinds(self.session.standard)
            self.send(answer)

    def _offer(self, message: dict[str, Any]) -> None:
        """Send what is asked for to take away, or why it cannot be made."""
        kind, lang = str(message.get("kind")), _language(message.get("lang"))
        answer: dict[str, Any] = {"page": message.get("page"), "ack": message.get("id"), "offered": kind}
        try:
            name, data = offer(self.session, kind, lang)
            self.send({**answer, "name": name}, buffers=[data])
        except LsstdError as error:
            self.send({**answer, "refused": {"zh": error.to("zh"), "en": error.to("en")}})


def _language(value: object) -> Lang:
    return "en" if value == "en" else "zh"
