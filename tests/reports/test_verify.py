"""A reader checks a report: whatever was changed in it is found, placed, and told by its cause."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import load_standard
from lsstd.errors import LsstdError
from lsstd.files.places import STANDARDS, data, example, notebooks
from lsstd.reports import verify as module
from lsstd.reports.plan import Order, make_reports
from lsstd.reports.record import basis_of
from lsstd.reports.templates import load_template
from lsstd.reports.verify import Verification, extract, verify

FORMATS = ("html", "docx", "xlsx")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., dict[str, Path]]:
    """Make a report of an example, without a process of its own."""

    def make(name: str = "near_aaa", formats: tuple[str, ...] = ("html",), **more: Any) -> dict[str, Path]:
        file = Path(tmp_path / f"{name}.yaml")
        file.write_text(example(name).read_text(encoding="utf-8"), encoding="utf-8")
        (report,) = make_reports(Order((file,), tmp_path / "out", formats=formats, force=True, **more))
        assert report.ok, report.failures
        return dict(report.files)

    return make


def told(found: Verification) -> list[tuple[str, str, str, str]]:
    return [(d.where, d.printed, d.recomputed, d.cause) for d in found.differences]


def changed(path: Path, old: str, new: str) -> Path:
    """Replace a text in a report, once."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


# A report as it was made holds, in every format and both languages, under readings and reforms.
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_holds(made: Callable[..., dict[str, Path]], lang: Any) -> None:
    changed = {"readings": {"compound_rows": "all"}, "reforms": [str(data() / "reforms" / "rural_weight.yaml")]}
    for path in made(formats=FORMATS, lang=lang, parameters=changed if lang == "zh" else {}).values():
        found = verify(path)
        assert found.ok, told(found)[:5]
        assert found.checked > 500
        assert not found.notes


# So does one of a template of one's own, whose page nbconvert writes; what was not checked of it is named.
@pytest.mark.slow
def test_a_report_of_ones_own_template_holds(made: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    template = Path(shutil.copy(notebooks() / "reports" / "base_report.ipynb", tmp_path / "mine.ipynb"))
    report = made(template=load_template(str(template)))["html"]
    found = verify(report)
    assert found.ok, told(found)[:5]
    assert "layout and charts are not checked" in found.notes[-1].en
    assert not verify(changed(report, "398.92", "399.92")).ok


# So do the profile of a chain, a portfolio and the impact of a reform.
@pytest.mark.parametrize("name", ["profile", "portfolio", "impact"])
def test_other_reports_hold(tmp_path: Path, name: str) -> None:
    template = load_template(name)
    (report,) = make_reports(Order((), tmp_path, template=template, formats=FORMATS))
    for path in report.files.values():
        found = verify(path)
        assert found.ok, told(found)[:5]


# A figure that was changed is named by its place, with what stands there and what should.
def test_a_changed_figure(made: Callable[..., dict[str, Path]]) -> None:
    path = changed(made(lang="en")["html"], "<b>398.92</b>", "<b>401.92</b>")
    assert told(verify(path)) == [("1 Verdict › Secured", "401.92", "398.92", "figure")]


# A number beside a bar, a row that was taken out and a sentence that was put in are found too.
def test_what_else_was_changed(made: Callable[..., dict[str, Path]]) -> None:
    path = changed(made(lang="en")["html"], ">66.67 / 80<", ">76.67 / 80<")
    assert {d.cause for d in verify(path).differences} == {"figure"}
    path = made(lang="en")["html"]
    row = re.search(r"<tr><td[^>]*>5\.1\.3</td>.*?</tr>", path.read_text(encoding="utf-8"))
    assert row is not None
    gone = verify(changed(path, row.group(), ""))
    assert gone.differences
    assert all(d.printed == "" and "5.1.3" in d.where for d in gone.differences)
    added = verify(changed(made(lang="en")["html"], "</main>", "<p>Recommended by all experts.</p></main>"))
    assert [(d.printed, d.recomputed) for d in added.differences] == [("Recommended by all experts.", "")]


# An answer changed in what the report carries is an input that was changed: so told, with all that follows.
def test_a_changed_input(made: Callable[..., dict[str, Path]]) -> None:
    path = changed(made(lang="en")["html"], '"live_rooms":14', '"live_rooms":4')
    found = verify(path)
    assert {d.cause for d in found.differences} == {"input"}
    assert found.differences[0].where == "checksum of its data"
    assert any("Application condition" in d.where for d in found.differences)


# Held against the assessment as it is today, what would be otherwise is told as a changed input, too.
def test_an_input_that_changed_since(made: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    path = made(lang="en")["html"]
    file = tmp_path / "near_aaa.yaml"
    assert verify(path, inputs=[file]).ok
    changed(file, "live_rooms: 14", "live_rooms: 4")
    found = verify(path, inputs=[file])
    assert found.differences[0].where == "near_aaa.yaml"
    assert {d.cause for d in found.differences} == {"input"}
    assert len(found.differences) > 3
    renamed = tmp_path / "copy.yaml"
    renamed.write_text(file.read_text(encoding="utf-8").replace("live_rooms: 4", "live_rooms: 14"), encoding="utf-8")
    assert verify(path, inputs=[renamed]).ok
    renamed.write_text(renamed.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert verify(path, inputs=[renamed]).ok


# Of many assessments each is known by the end of its path; one that is none of them is refused.
def test_inputs_of_a_portfolio(tmp_path: Path) -> None:
    (report,) = make_reports(Order((), tmp_path, template=load_template("portfolio"), lang="en"))
    rounds = [data() / "portfolio" / year / "base_01.yaml" for year in ("2024", "2023")]
    assert verify(report.files["html"], inputs=rounds).ok
    other = tmp_path / "2023" / "base_02.yaml"
    other.parent.mkdir()
    other.write_text((data() / "portfolio" / "2023" / "base_03.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert verify(report.files["html"], inputs=[other]).ok  # the content of one of them, whatever its name
    other.write_text(other.read_text(encoding="utf-8").replace("as_of: 2023-12-31", "as_of: 2023-12-30"))
    assert {d.cause for d in verify(report.files["html"], inputs=[other]).differences} == {"input"}
    with pytest.raises(LsstdError, match="not made from"):
        verify(report.files["html"], inputs=[example("small_rural")])


# A section that was taken out of page and list, and a template renamed, do not pass.
def test_what_the_record_says_of_itself(made: Callable[..., dict[str, Path]]) -> None:
    path = changed(made()["html"], '"base.conditions",', "")
    text = path.read_text(encoding="utf-8")
    start = text.index('<section data-section="base.conditions"')
    path.write_text(text[:start] + text[text.index("</section>", start) + 10 :], encoding="utf-8")
    assert not verify(path).ok
    assert not verify(changed(made()["html"], '"template":"base"', '"template":"own"')).ok


# A standard that was changed within the report, all its sums made to fit, is held against the one that is known.
def test_a_standard_changed_within(made: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    text = (STANDARDS / "hlj-base-evaluation.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("edition: draft", "edition: trial", 1), encoding="utf-8")
    path = made(parameters={"standard": str(own)})["html"]
    whole = load_standard("hlj-base-evaluation").sha256
    record = json.loads(extract(path).record or "")
    record["basis"]["standard"]["sha256"] = whole
    assert not list(module._under(basis_of(record["basis"]), basis_of(record["basis"]).standard, [], "en"))
    found = list(module._under(basis_of(record["basis"]), load_standard("hlj-base-evaluation"), [], "en"))
    assert [d.cause for d in found] == ["input"]


# A population that was too large to travel is asked for, and taken if it is the same.
def test_a_population_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsstd.reports.record.LARGEST_TABLE", 100)
    (report,) = make_reports(Order((), tmp_path, template=load_template("impact")))
    with pytest.raises(LsstdError, match="too large to travel"):
        verify(report.files["html"])
    people = data() / "populations" / "made_up_60.csv"
    assert verify(report.files["html"], inputs=[people]).ok


# A standard that has changed since is told as such, with the lines that would be otherwise; the report itself holds.
def test_a_stale_standard(made: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    path, own = made(lang="en")["html"], tmp_path / "own.yaml"
    text = (STANDARDS / "hlj-base-evaluation.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("edition: draft", "edition: trial", 1), encoding="utf-8")
    (only,) = verify(path, str(own)).differences
    assert (only.where, only.cause) == ("standard", "standard")
    assert only.recomputed.startswith("trial")
    village = re.search(r"  village_rooms:\n(?:    .*\n)*?    max_score: (\d+)", text)
    assert village is not None
    more = village.group().replace(f"max_score: {village[1]}", f"max_score: {int(village[1]) + 10}")
    own.write_text(text.replace(village.group(), more), encoding="utf-8")
    found = verify(path, str(own))
    assert {d.cause for d in found.differences} == {"standard"}
    assert len(found.differences) > 2


# All three at once are told apart.
def test_three_causes_at_once(made: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    path, own = made(lang="en")["html"], tmp_path / "own.yaml"
    text = (STANDARDS / "hlj-base-evaluation.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("edition: draft", "edition: trial", 1), encoding="utf-8")
    changed(path, "<b>398.92</b>", "<b>401.92</b>")
    changed(tmp_path / "near_aaa.yaml", "live_rooms: 14", "live_rooms: 4")
    causes = {d.cause for d in verify(path, str(own), [tmp_path / "near_aaa.yaml"]).differences}
    assert causes == {"figure", "input", "standard"}


# Where the standard is not known, the report is held against its own, and that is told.
def test_an_unknown_standard(made: Callable[..., dict[str, Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    path = made("studio_good")["html"]

    def unknown(name: str) -> Any:
        from lsstd.errors import UnknownName
        from lsstd.words import same

        raise UnknownName(same(name))

    monkeypatch.setattr(module, "load_standard", unknown)
    found = verify(path)
    assert found.ok
    assert "made-up-studio" in found.notes[0].en


# Another version of the software is told, and is no difference by itself.
def test_another_version(made: Callable[..., dict[str, Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    path = made()["html"]
    monkeypatch.setattr("lsstd.__version__", "9.9")
    found = verify(path)
    assert found.ok, told(found)
    assert "9.9" in found.notes[0].en


# What is no report, or carries nothing that can be computed from, is told as such.
@pytest.mark.parametrize("record", ["", "{", "{}", '{"lang": "zh"}', '{"basis": {"kind": "base"}}', "[]"])
def test_what_cannot_be_verified(tmp_path: Path, record: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(f'<html><body><template id="lsstd-record">{record}</template></body></html>')
    with pytest.raises(LsstdError):
        verify(path)
    for name in ("missing.html", "a.txt"):
        with pytest.raises(LsstdError):
            verify(tmp_path / name)


# The command tells where, what and why, in both languages and as JSON, and ends with status 1 where any differs.
def test_the_command(made: Callable[..., dict[str, Path]], lsstd: Callable[..., Any]) -> None:
    good = made(formats=("html", "xlsx"), lang="en")
    assert lsstd("verify", *good.values()).status == 0
    bad = changed(good["html"], "<b>398.92</b>", "<b>401.92</b>")
    ran = lsstd("verify", bad, "--lang", "en")
    assert ran.status == 1
    assert all(text in ran.out for text in ("1 Verdict › Secured", "401.92", "398.92", "the report itself was changed"))
    ran = lsstd("verify", bad, "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["differences"] == [
        {"where": "1 Verdict › Secured", "printed": "401.92", "recomputed": "398.92", "cause": "figure"}
    ]
    both = lsstd("verify", bad, good["xlsx"], "--json").parsed
    assert [found["ok"] for found in both] == [False, True]
    ran = lsstd("verify", bad.parent / "missing.html", good["xlsx"], "--json", "--lang", "en")
    assert ran.status == 1
    assert [found["ok"] for found in ran.parsed] == [False, True]
    assert "there is no such file" in ran.err
