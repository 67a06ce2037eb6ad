"""Several parties of one chain, each with a form of its own; one of them is alive at a time."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as ipw

from lsstd.files.assessments import load_assessment
from lsstd.files.standards import load_standard
from lsstd.office.tables import write_table
from lsstd.pages.blocks import Paragraph, Table
from lsstd.pages.supply_chain_page import WITHOUT_GRADE, take_away
from lsstd.panel.supply_chain import PARTIES, Chain, chain
from lsstd.widgets.form import AssessmentForm
from lsstd.words import Lang


class ChainForms:
    """Forms for the parties of one chain, each kept in a file of its own in one folder.

    Parameters
    ----------
    standard : str
        A standard of topics.
    folder : str or Path, optional
        Where the files ``<party>.yaml`` are kept. Default: ``lsstd/chain`` in the user's home.
    lang : {"zh", "en"}
    """

    def __init__(self, standard: str, folder: str | Path | None = None, lang: Lang = "zh") -> None:
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
        section = take_away(self.chain(), self.lang)
        notes = [block.text for block in section.blocks if isinstance(block, Paragraph)]
        (table,) = (block for block in section.blocks if isinstance(block, Table))
        write_table(Path(path), section.title, notes, table.heads, table.rows, force)

    def _show(self, _: object = None) -> None:
        """Put the form of the party chosen in the place of the one before."""
        for before in self._form.children:
            before.close()
        party = self.party.value
        self._form.children = [AssessmentForm(self.standard, self.folder / f"{party}.yaml", {"party": party})]
