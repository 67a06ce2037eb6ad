"""Reports about many files: each problem of each file at once, every file named, none counted twice."""

from pathlib import Path

import pytest

from lsstd.errors import InvalidFile, LsstdError
from lsstd.files.places import data, example
from lsstd.reports.report_types import READERS, chain_of, portfolio_of, read_portfolio, read_profile, short_names

ROUND = sorted(str(file) for file in (data() / "portfolio" / "2024").glob("*.yaml"))


# Without files both rounds of the made-up example are put side by side; with files, only those.
def test_examples_stand_in_where_no_file_is_given() -> None:
    assert [len(portfolio_of(read_portfolio()).members), len(portfolio_of(read_portfolio()).before)] == [12, 11]
    found = portfolio_of(
        read_portfolio(
            ROUND[:2], readings={"compound_rows": "all"}, reforms=[str(data() / "reforms" / "aaaa_from_440.yaml")]
        )
    )
    assert (len(found.members), found.before, found.readings["compound_rows"]) == (2, (), "all")
    assert list(found.names) == ["base_01.yaml", "base_02.yaml"]
    assert found.standard
    assert found.standard.bands[0].lower
    assert found.standard.bands[0].lower.value == 440


# Problems of several files are told together, each with its file: missing, broken, misspelt.
def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    broken, misspelt = tmp_path / "broken.yaml", tmp_path / "misspelt.yaml"
    broken.write_text("standard: [", encoding="utf-8")
    text = "standard: hlj-base-evaluation\nanswers: {vilage_rooms: met, waste_rules: maybe}\n"
    misspelt.write_text(text, encoding="utf-8")
    files = [ROUND[0], str(tmp_path / "missing.yaml"), str(broken)]
    with pytest.raises(InvalidFile) as caught:
        portfolio_of(read_portfolio(files, [str(misspelt)]))
    told = [problem.where for problem in caught.value.problems]
    assert told[0] == "missing.yaml"
    assert any(where.startswith("broken.yaml") for where in told)
    assert {"misspelt.yaml › answers.vilage_rooms", "misspelt.yaml › answers.waste_rules.state"} <= set(told)


# A file given twice, a round before without this one, a misspelt language, several standards stop the report.
def test_what_else_stops_it() -> None:
    with pytest.raises(InvalidFile, match="given more than once"):
        portfolio_of(read_portfolio(ROUND[:1], [str(Path(ROUND[0]).parent / ".." / "2024" / Path(ROUND[0]).name)]))
    with pytest.raises(LsstdError, match="no assessments of this round"):
        portfolio_of(read_portfolio(before=ROUND[:1]))
    with pytest.raises(LsstdError, match="zh / en"):
        READERS["portfolio"](lang="fr")
    with pytest.raises(InvalidFile, match=r"supply_chain\.yaml"):
        portfolio_of(read_portfolio([ROUND[0], str(example("supply_chain"))]))
    with pytest.raises(InvalidFile, match="different standards"):
        chain_of(read_profile([str(example("supply_chain")), ROUND[0]]))
    with pytest.raises(InvalidFile, match="no topics"):
        chain_of(read_profile(ROUND[:1]))


# Files are named by the end of their paths, as long as it takes to tell all apart.
def test_short_names() -> None:
    assert short_names([Path("a/x.yaml"), Path("b/y.yaml")]) == ["x.yaml", "y.yaml"]
    assert short_names([Path("2024/x.yaml"), Path("2023/x.yaml"), Path("y.yaml")]) == [
        "2024/x.yaml",
        "2023/x.yaml",
        "y.yaml",
    ]
    assert short_names([]) == []


# A second file of one party is another party of its kind; a file without a party is called after itself.
def test_parties_of_files(tmp_path: Path) -> None:
    for name, subject in (("a", "{party: supplier, name: 甲}"), ("b", "{party: supplier, name: 乙}"), ("c", "{}")):
        text = f"standard: sz-supply-chain-collaboration\nsubject: {subject}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    found = chain_of(read_profile([str(tmp_path / f"{name}.yaml") for name in "abc"]))
    assert {key: label.zh for key, label in found.parties.items()} == {
        "supplier": "供应商（甲）",
        "supplier 2": "供应商（乙）",
        "c": "c",
    }
    assert list(found.names) == ["a.yaml", "b.yaml", "c.yaml"]
