"""Evidence in a folder: picked up by convention, hashed, never looked for outside."""

import hashlib
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import LsstdError, Result, Standard, evidence, load_assessment, save_assessment
from lsstd.engine.evidence_register import Item, Register
from lsstd.files import evidence_folder as files
from lsstd.files.evidence_folder import hashed
from lsstd.files.reading import sha256_of

Assess = Callable[..., Result]


def item(found: Register, name: str) -> Item:
    return next(item for item in found.items if item.id == name)


def put(path: Path, content: str = "content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def met(*names: str) -> dict[str, Any]:
    return {"waste_rules": {"state": "met", "evidence": [{"file": name} for name in names]}}


def troubles(assess: Assess, folder: Path, name: str) -> tuple[str, ...]:
    found = item(evidence(assess(met(name)), folder / "base.yaml"), "waste_rules").proofs
    return next(proof.troubles for proof in found if proof.evidence.file == name)


# What lies in a folder named by a condition, row or fact is picked up by itself, folders within it too.
def test_files_are_picked_up_by_their_folder(assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "scale" / "roster.pdf")
    put(tmp_path / "evidence" / "waste_rules" / "2024" / "rules.pdf")
    put(tmp_path / "evidence" / "base_area" / "plan.pdf")
    put(tmp_path / "evidence" / "waste_rules" / ".DS_Store")
    put(tmp_path / "evidence" / "waste_rules" / "~$rules.docx")
    result = assess({"waste_rules": "met"}, {"live_rooms": 14, "base_area": 4800})
    found = evidence(result, tmp_path / "base.yaml")
    assert [proof.evidence.file for proof in item(found, "scale").proofs] == ["scale/roster.pdf"]
    assert [proof.evidence.file for proof in item(found, "waste_rules").proofs] == ["waste_rules/2024/rules.pdf"]
    assert item(found, "building_area").is_proven
    assert item(found, "live_room_count").is_proven  # the fact of 5.1.4 decides this row, too
    assert [loose.path for loose in found.loose] == ["waste_rules/.DS_Store", "waste_rules/~$rules.docx"]
    assert item(found, "waste_rules").proofs[0].file.sha256 is None  # none is registered, so none is read


# Evidence that is named is found in the folder of its row, of its fact's condition, in the folder, or beside the file.
@pytest.mark.parametrize("place", ["evidence/waste_rules", "evidence", ".", "evidence/waste_rules/合同"])
def test_named_files_are_found(place: str, assess: Assess, tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    put(tmp_path / place / "a.pdf")
    name = "合同\\a.pdf" if place.endswith("合同") else "a.pdf"
    assert troubles(assess, tmp_path, name) == ("unhashed",)
    found = evidence(assess(met(name)), tmp_path / "base.yaml")
    assert len(item(found, "waste_rules").proofs) == 1  # named and lying there: one piece of evidence


# The folder of a fact's condition serves for the fact.
def test_a_facts_file_may_lie_under_its_condition(assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "area" / "lease.pdf")
    facts = {"office_area": {"value": 1850, "evidence": [{"file": "lease.pdf"}]}}
    found = evidence(assess(facts=facts), tmp_path / "base.yaml")
    assert [proof.troubles for proof in item(found, "area").proofs] == [("unhashed",)]


# Another folder may be named; one that is not there is an error.
def test_another_folder(assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "材料 2024" / "waste_rules" / "a.pdf")
    found = evidence(assess({"waste_rules": "met"}), folder=tmp_path / "材料 2024")
    assert item(found, "waste_rules").is_proven
    for wrong in (tmp_path / "nonsuch", put(tmp_path / "file")):
        with pytest.raises(LsstdError, match="佐证"):
            evidence(assess(), tmp_path / "base.yaml", wrong)


# No path leaves the folder: upwards, absolute, on another drive, through a link; nothing outside is read.
@pytest.mark.parametrize(
    "name", ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "C:\\x.txt", "..\\secret.txt", "~/x"]
)
def test_paths_stay_in_the_folder(name: str, assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "secret.txt")
    put(tmp_path / "in" / "evidence" / "waste_rules" / "a.pdf")
    assert troubles(assess, tmp_path / "in", name)[0] == "outside"


# A link out of the folder is not followed, whether named or lying there; one within it is.
@pytest.mark.skipif(sys.platform == "win32", reason="links take rights on Windows")
def test_links_stay_in_the_folder(assess: Assess, tmp_path: Path) -> None:
    secret = put(tmp_path / "secret" / "s.txt", "secret")
    folder = tmp_path / "in" / "evidence" / "waste_rules"
    put(folder / "real.pdf")
    (folder / "out.pdf").symlink_to(secret)
    (folder / "tree").symlink_to(secret.parent)
    (folder / "loop").symlink_to("loop")
    (folder / "alias.pdf").symlink_to("real.pdf")
    found = evidence(assess({"waste_rules": "met"}), tmp_path / "in" / "base.yaml")
    names = [proof.evidence.file for proof in item(found, "waste_rules").proofs]
    assert names == ["waste_rules/alias.pdf", "waste_rules/real.pdf"]
    hinted = evidence(assess(met("tree/ｓ.txt")), tmp_path / "in" / "base.yaml")  # nor is a name outside a hint
    assert item(hinted, "waste_rules").proofs[0].file.instead is None
    assert sorted(loose.path for loose in found.loose) == [
        f"waste_rules/{name}" for name in ("loop", "out.pdf", "tree")
    ]
    assert hashlib.sha256(b"secret").hexdigest() not in str(found.to_dict())
    assert troubles(assess, tmp_path / "in", "out.pdf")[0] == "outside"
    assert troubles(assess, tmp_path / "in", "tree/s.txt")[0] == "outside"


# What is no readable file is told as such: a folder, a pipe (which would wait for ever), nothing, an endless name.
def test_what_is_no_file(assess: Assess, tmp_path: Path) -> None:
    (tmp_path / "evidence" / "waste_rules" / "folder.pdf").mkdir(parents=True)
    assert troubles(assess, tmp_path, "folder.pdf")[0] == "unreadable"
    for name in ("", "nonsuch.pdf", "长" * 5000, "a\x00b", "folder.pdf/x"):
        assert troubles(assess, tmp_path, name)[0] == "missing"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "evidence" / "waste_rules" / "pipe.pdf")
        assert troubles(assess, tmp_path, "pipe.pdf")[0] == "unreadable"
        found = evidence(assess(), tmp_path / "base.yaml")
        assert [loose.path for loose in found.loose] == ["waste_rules/pipe.pdf"]


# A name that the disk spells in the other Unicode form is found, with a note.
def test_unicode_forms(assess: Assess, tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "café 合同.pdf") for form in ("NFC", "NFD"))
    put(tmp_path / "evidence" / "waste_rules" / apart)
    if (tmp_path / "evidence" / "waste_rules" / composed).exists():
        pytest.skip("this disk does not tell the forms apart")
    assert troubles(assess, tmp_path, composed) == ("spelling", "unhashed")
    assert len(item(evidence(assess(met(composed)), tmp_path / "base.yaml"), "waste_rules").proofs) == 1
    put(tmp_path / "evidence" / "waste_rules" / composed)
    assert troubles(assess, tmp_path, composed) == ("unhashed",)


LEFTOVERS = [
    *("合同.pdf.crdownload", "合同.pdf.part", "合同.pdf.xltd", "合同.lnk", "合同.url", "~WRL0001.tmp", "~$合同.docx"),
    *(".~lock.合同.docx#", ".DS_Store", "._合同.pdf", "Thumbs.db", "desktop.ini", "DESKTOP.INI", "合同.TMP"),
]


# What programs leave behind is no proof, whether it lies in the folder or is named; that is told, and so is no content.
@pytest.mark.parametrize("name", LEFTOVERS)
def test_leftovers_prove_nothing(name: str, assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "waste_rules" / name)
    found = evidence(assess({"waste_rules": "met"}), tmp_path / "base.yaml")
    assert not item(found, "waste_rules").is_proven
    assert [(loose.path, "shortcut" in loose.reason.en) for loose in found.loose] == [(f"waste_rules/{name}", True)]
    assert troubles(assess, tmp_path, name)[0] == "leftover"


@pytest.mark.parametrize("content", ["", "\0" * 10_000])
def test_an_empty_file_proves_nothing(content: str, assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "waste_rules" / "合同.pdf", content)
    found = evidence(assess({"waste_rules": "met"}), tmp_path / "base.yaml")
    assert not item(found, "waste_rules").is_proven
    assert [loose.reason.en for loose in found.loose] == ["the file is empty"]
    assert troubles(assess, tmp_path, "合同.pdf")[0] == "empty"


# Names that Windows and macOS take for one are one; a name that is only similar stays missing, and is told.
@pytest.mark.parametrize(
    ("named", "lies", "trouble"),
    [
        ("Contract.PDF", "contract.pdf", "spelling"),
        ("合同(1).pdf", "合同（1）.pdf", "missing"),
        ("合同（１）.pdf", "合同(1).pdf", "missing"),
    ],
)
def test_a_similar_name_is_told(named: str, lies: str, trouble: str, assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "waste_rules" / lies)
    if (tmp_path / "evidence" / "waste_rules" / named).exists():
        pytest.skip("this disk does not tell capitals apart")
    proofs = item(evidence(assess(met(named)), tmp_path / "base.yaml"), "waste_rules").proofs
    proof = next(proof for proof in proofs if proof.evidence.file == named)
    assert (proof.troubles[0], proof.file.instead) == (trouble, lies)
    assert lies in proof.state.zh
    assert lies in proof.state.en


# A file that a program keeps locked, as Windows does, is told as unreadable; it proves nothing, and stops nothing.
def test_a_locked_file(assess: Assess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "used by another process")

    put(tmp_path / "evidence" / "waste_rules" / "合同.pdf")
    monkeypatch.setattr(Path, "open", locked)
    assert troubles(assess, tmp_path, "合同.pdf")[0] == "unreadable"
    found = evidence(assess({"waste_rules": "met"}), tmp_path / "base.yaml")
    assert [loose.reason.en for loose in found.loose] == ["not a file that can be read"]


# Files that prove nothing as they lie are told with the reason: under no id, under one that does not exist, misnamed.
def test_files_that_prove_nothing(assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "root.pdf")
    put(tmp_path / "evidence" / "waste_rule" / "a.pdf")
    odd = b"\xff\xfe.pdf"
    (tmp_path / "evidence" / "waste_rules").mkdir()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "evidence" / "waste_rules") + b"/" + odd)).write_text("x")
    except OSError:
        odd = b""
    found = {loose.path: loose.reason.en for loose in evidence(assess(), tmp_path / "base.yaml").loose}
    assert "folder named by an id" in found["root.pdf"]
    assert "did you mean waste_rules?" in found["waste_rule/a.pdf"]
    assert len(found) == (3 if odd else 2)
    "".join(found).encode()  # whatever the name, it can be printed


# A large file is hashed piece by piece; a folder with too many files is refused.
def test_large_files_and_folders(assess: Assess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "evidence" / "waste_rules" / "film.mp4"
    large.parent.mkdir(parents=True)
    with large.open("wb") as file:
        file.truncate(200 * 2**20)
    assert sha256_of(large) == "72abf2ca8f36943ebe2e49ca3a51d409ca5f0bfcffab6c9d25643c17c32889da"
    monkeypatch.setattr(files, "MOST", 2)
    for name in "abc":
        put(tmp_path / "evidence" / "waste_rules" / name)
    with pytest.raises(LsstdError, match="2"):
        evidence(assess(), tmp_path / "base.yaml")


# With its files and their hashes an assessment is read back as it was written, scores the same, and then shows changes.
def test_hashes_go_round(standard: Standard, assess: Assess, tmp_path: Path) -> None:
    put(tmp_path / "evidence" / "scale" / "roster.pdf")
    rules = put(tmp_path / "evidence" / "waste_rules" / "rules.pdf")
    put(tmp_path / "evidence" / "safety_rules" / "not yet answered.pdf")
    result = assess({"waste_rules": {"state": "met", "note": "见附件"}}, {"live_rooms": 14})
    noted = hashed(standard, result.assessment, tmp_path / "base.yaml")
    save_assessment(noted, tmp_path / "noted.yaml")
    again = load_assessment(tmp_path / "noted.yaml")
    assert again == noted
    assert again.answers["waste_rules"].note == "见附件"
    after = assess(**{key: value for key, value in again.plain().items() if key in ("answers", "facts")})
    assert after.score == result.score
    assert not any("unhashed" in proof.troubles for proof in evidence(after, tmp_path / "noted.yaml").proofs)
    rules.write_text("other", encoding="utf-8")
    found = evidence(after, tmp_path / "noted.yaml")
    assert [item.id for item in found.items if any("changed" in p.troubles for p in item.proofs)] == ["waste_rules"]
    assert found.with_evidence == evidence(after).with_evidence - 10
    renewed = hashed(standard, again, tmp_path / "noted.yaml")
    assert renewed.answers["waste_rules"].evidence[0].sha256 == hashlib.sha256(b"other").hexdigest()
