"""Encoded standards, waivers, SARIF, encodings and Word files, the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from command_line import run_lsstd
from docx import Document
from sarif_pydantic import Sarif

from lsstd import example, load_population, load_reform, load_standard, load_waivers, run_lint
from lsstd.errors import FileError, InvalidFile
from lsstd.files.places import data
from lsstd.lint.linting import RULES, read_draft, sarif
from lsstd.lint.standard_rules import ENCODED, finest_step
from lsstd.standard.bands import Band
from lsstd.standard.standard import Standard

HLJ = load_standard("hlj-base-evaluation")
DRAFT = data() / "drafts" / "made_up_draft.txt"


def codes(standard: Standard) -> set[str]:
    return {one.rule.code for one in ENCODED.apply(standard, "")}


# The faults of the Heilongjiang draft that a careful reader found: each by its rule, none by any other.
def test_the_heilongjiang_draft() -> None:
    found = {one.rule.code for one in run_lint("hlj-base-evaluation").findings}
    assert found == {f"E{n}" for n in (*range(103, 118), 119, 120)}
    gap = next(one for one in run_lint("hlj-base-evaluation").findings if one.rule.code == "E103")
    assert "400.5" in gap.fault.message.en
    assert finest_step(HLJ) * 12 == 1


# What a drafter mends is no longer found; what a change breaks is.
def test_rules_on_standards_have_both_cases() -> None:
    def met(band: Band) -> Band:
        if band.lower is None or band.grade in ("AAAA", "A"):
            return band
        lower = band.lower.model_copy(update={"value": band.lower.value - 1, "closed": False})
        return band.model_copy(update={"lower": lower})

    bands = tuple(map(met, HLJ.bands))
    mended = HLJ.model_copy(
        update={
            "bands": bands,
            "below": HLJ.title,
            "same_quantities": (),
            "references": (),
            "clauses": {key: entry.model_copy(update={"text": None}) for key, entry in HLJ.clauses.items()},
            "indicators": {
                key: node.model_copy(update={"also_printed": {}, "printed_score": None if key != "products" else 41})
                for key, node in HLJ.indicators.items()
            },
        }
    )
    assert codes(mended) & {"E103", "E104", "E105", "E106", "E107", "E113", "E120"} == set()
    assert "E101" in codes(mended)


# A finding that another reading settles otherwise says how many bases of a population it moves.
def test_findings_are_tied_to_results() -> None:
    people = load_population(data() / "populations" / "made_up_60.csv", HLJ)
    bases = {one.rule.code: one.bases for one in run_lint("hlj-base-evaluation", population=people).findings}
    assert bases["E111"] is not None
    assert bases["E111"] > 20
    assert bases["E105"] is None


# A waiver hides its finding alone; an expired one is reported; unknown codes are refused.
def test_waivers(tmp_path: Path) -> None:
    waivers = load_waivers(data() / "drafts" / "waivers.yaml")
    before, after = run_lint(DRAFT), run_lint(DRAFT, waivers=waivers)
    assert len(after.findings) == len(before.findings) - 1
    assert [waiver.code for _, waiver in after.waived] == ["C308"]
    late = run_lint(DRAFT, waivers=waivers, day="2100-01-01")
    assert {one.rule.code for one in late.findings} >= {"C308", "Z901"}
    wrong = tmp_path / "waivers.yaml"
    wrong.write_text("waivers: [{code: C999, reason: r, who: w}]", encoding="utf-8")
    with pytest.raises(InvalidFile, match="C999"):
        load_waivers(wrong)


# SARIF as editors and code hosts read it: what is waived is not in it.
def test_sarif() -> None:
    waivers = load_waivers(data() / "drafts" / "waivers.yaml")
    made = sarif(run_lint(DRAFT, "hlj-base-evaluation", waivers=waivers), "en")
    assert Sarif.model_validate(made).version == "2.1.0"
    assert "C308" not in {result["ruleId"] for result in made["runs"][0]["results"]}


# What offices save is read: encodings, Word with changes on record, nested tables and text boxes.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "draft.txt"
    path.write_bytes("1 范围\n本文件规定了要求。".encode(encoding))
    assert read_draft(path) == "1 范围\n本文件规定了要求。"


def test_word_files(tmp_path: Path) -> None:
    document, path = Document(), tmp_path / "draft.docx"
    paragraph = document.add_paragraph("1 范围")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "三星"
    table.cell(0, 1).add_table(rows=1, cols=1).cell(0, 0).text = "≥90"
    body = paragraph._p
    for tag, text in (("w:del", "旧"), ("w:ins", "新")):
        from docx.oxml import parse_xml
        from docx.oxml.ns import nsdecls

        inner = "w:delText" if tag == "w:del" else "w:t"
        body.append(parse_xml(f"<{tag} {nsdecls('w')} w:id='1'><w:r><{inner}>{text}</{inner}></w:r></{tag}>"))
    document.save(str(path))
    assert read_draft(path).splitlines()[:2] == ["1 范围新", "三星 ≥90"]


# What is no text is refused with what would be right.
@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.txt", b"", "no text"),
        ("a.txt", b"\x00\x01\x02binary", "not text"),
        ("a.pdf", b"%PDF-1.7", ".pdf"),
        ("a.docx", b"%PDF-1.7", ""),
        ("a.txt", b"a" * (9 * 2**20), "MB"),
    ],
)
def test_what_is_no_text(tmp_path: Path, name: str, content: bytes, found: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError) as error:
        read_draft(path)
    assert found in error.value.to("en")


# The command: a flat list as JSON, the exit status only where it is asked for, pages and comments in files.
def test_the_command(tmp_path: Path) -> None:
    found = run_lsstd("lint", DRAFT, "--json").parsed
    assert {"code", "severity", "clause", "line", "message", "suggestion"} <= found[0].keys()
    assert run_lsstd("lint", DRAFT, "--fail-on", "error").status == 1
    assert run_lsstd("lint", "sz-supply-chain-collaboration", "--fail-on", "error").status == 0
    for name in ("c.docx", "c.html", "c.xlsx", "c.sarif"):
        assert run_lsstd("lint", DRAFT, "-o", tmp_path / name).status == 0
        assert (tmp_path / name).stat().st_size > 1000
    comments = [comment.text for comment in Document(str(tmp_path / "c.docx")).comments]
    assert any(text.startswith("[C301]") for text in comments)
    missing = run_lsstd("lint", "no-such-standard")
    assert missing.status == 1
    assert "no-such-standard" in missing.err


# Codes and names are used once; each rule says what it asks, why, and where it is valid.
def test_rules_are_documented() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.says.zh and rule.basis.zh and rule.domain.zh and rule.find.__doc__ for rule in RULES)


# A reform that closes the gap between two bands is no longer told of it.
def test_a_reform_can_be_linted() -> None:
    reform = load_reform(data() / "reforms" / "aaaa_from_440.yaml")
    assert {one.rule.code for one in ENCODED.apply(reform.apply(HLJ), "")} >= {"E103"}
    assert example("near_aaa").exists()


# Each remark that a reader wrote into the encodings is found by the rules named, or says why a program cannot.
@pytest.mark.parametrize(
    "standard", [HLJ, load_standard("sz-supply-chain-collaboration")], ids=lambda one: one.standard
)
def test_remarks_of_readers(standard: Standard) -> None:
    listed = yaml.safe_load((Path(__file__).parent / "remarks.yaml").read_text(encoding="utf-8"))[standard.standard]
    assert listed.keys() == {clause for clause, entry in standard.clauses.items() if entry.note}
    assert all(entry.keys() <= {"found", "cannot"} and entry for entry in listed.values())
    expected = {code for entry in listed.values() for code in entry.get("found", ())}
    seeds = Path(os.environ.get("LSSTD_SEEDS") or Path(__file__).parents[3] / "shared" / "seeds")
    number = {"hlj-base-evaluation": "004_*", "sz-supply-chain-collaboration": "000_*"}[standard.standard]
    found = codes(standard)
    for path in seeds.glob(number):
        found |= {one.rule.code for one in run_lint(path).findings}
    wanted = expected if any(seeds.glob(number)) else {code for code in expected if code.startswith("E")}
    assert wanted - found == set()
