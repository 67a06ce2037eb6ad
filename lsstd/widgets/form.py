"""The large form: a widget over a session of `lsstd.forms`, and forms for each party of a chain.

The widget only shows and collects; what is entered is kept in a file at every change.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as ipw

import lsstd
from lsstd.files.assessments import load_assessment
from lsstd.files.places import PACKAGE
from lsstd.files.standards import load_standard
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session
from lsstd.panel.supply_chain import Chain, chain
from lsstd.standard.wording import PARTIES
from lsstd.widgets.offers import BESIDE, answered, form_script, made_beside
from lsstd.words import Lang


def default_file(standard: str) -> Path:
    """Return where a form keeps its file if nothing else is said: a folder of the user's own."""
    return Path.home() / "lsstd" / f"{standard}.yaml"


class AssessmentForm(anywidget.AnyWidget):
    """A form for any standard, by its id or file, kept in a file at every change.

    That file need not exist yet; without one it is ``lsstd/<standard>.yaml`` in the user's home. A new one says
    `subject` from the start, such as its ``party``. The page opens in `lang`, until its user has chosen there.
    """

    _esm = form_script()
    _css = PACKAGE / "widgets" / "form.css"

    def __init__(
        self, standard: str, file: str | Path | None = None, subject: Mapping[str, str] | None = None, lang: Lang = "zh"
    ) -> None:
        super().__init__()
        self.lang = lang
        loaded = load_standard(standard)
        path = Path(file or default_file(loaded.standard)).absolute()
        keeper = Keeper(path, loaded, subject or {})
        self.session = Session(loaded, keeper, lambda result: lsstd.evidence(result, path))
        self.session.handle({"page": "kernel", "id": 1, "do": "open"})  # the page will report what cannot be opened
        self.on_msg(self._answer)

    def _answer(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("do") in BESIDE:  # a report takes seconds, in which edits go on
            threading.Thread(target=self._send_made, args=(message,), daemon=True).start()
            return
        answer = answered(self.session, message)
        self.send(answer | {"lang": self.lang} if "schema" in answer else answer)

    def _send_made(self, message: dict[str, Any]) -> None:
        answer, data = made_beside(self.session, message)
        self.send(answer, buffers=[] if data is None else [data])


class ChainForms:
    """Forms for the parties of one chain under a standard of topics, each kept in ``<party>.yaml`` in one folder.

    Without a folder it is ``lsstd/chain`` in the user's home.
    """

    def __init__(self, standard: str, folder: str | Path | None = None, lang: Lang = "zh") -> None:
        from lsstd.pages.supply_chain_page import WITHOUT_GRADE

        self.standard, self.lang = standard, lang
        self.folder = Path(folder) if folder else Path.home() / "lsstd" / "chain"
        options = [(label.to(lang), party) for party, label in PARTIES.items()]
        self.party = ipw.ToggleButtons(options=options, style={"button_width": "auto"})
        self._form = ipw.VBox()
        self.party.observe(self._show, "value")
        self._show()
        self.widget = ipw.VBox([ipw.Label(WITHOUT_GRADE.to(lang)), self.party, self._form])

    def chain(self) -> Chain:
        """Return how the parties that have a file see the chain."""
        against = load_standard(self.standard)
        files = {party: self.folder / f"{party}.yaml" for party in PARTIES}
        return chain(against, {party: load_assessment(f, against) for party, f in files.items() if f.exists()})

    def write(self, path: str | Path, force: bool = False) -> None:
        """Write the table of all parties to an .xlsx or .docx file."""
        from lsstd.pages.supply_chain_page import take_away
        from lsstd.reports.render import write_sections

        section = take_away(self.chain(), self.lang)
        write_sections([section], Path(path), section.title, self.lang, force)

    def _show(self, _: object = None) -> None:
        for before in self._form.children:
            before.close()
        party = self.party.value
        file = self.folder / f"{party}.yaml"
        self._form.children = [AssessmentForm(self.standard, file, {"party": party}, self.lang)]
