"""The forms of a chain's parties, and what they give together."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from lsstd import load_assessment
from lsstd.widgets.chain import ChainForms

SZ = "sz-supply-chain-collaboration"


# Each party of a chain fills in a file of its own, which names it; all of them together go into one marked table.
def test_each_party_has_its_file(tmp_path: Path) -> None:
    forms = ChainForms(SZ, tmp_path / "chain")
    assert not (tmp_path / "chain").exists()
    for party, level in (("supplier", "4"), ("platform", "1")):
        forms.party.value = party
        (form,) = forms._form.children
        form.session.handle(
            {"page": "p", "id": 1, "do": "edit", "path": "answers.sales_collaboration", "value": {"level": level}}
        )
    assert load_assessment(tmp_path / "chain" / "platform.yaml").subject.party == "platform"
    assert forms.chain().gaps()[0].levels == {"supplier": 4, "platform": 1}
    forms.write(tmp_path / "chain.xlsx")
    cells = [str(cell.value) for row in load_workbook(tmp_path / "chain.xlsx").active for cell in row]
    assert any("非规范性" in cell for cell in cells)
    assert "供应商" in cells
