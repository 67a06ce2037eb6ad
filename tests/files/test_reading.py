"""Reading what people hand in: bounded, UTF-8, YAML or JSON."""

import hashlib
from pathlib import Path

import pytest

from lsstd.errors import FileError
from lsstd.files.assessments import load_assessment, load_pair
from lsstd.files.places import example, examples
from lsstd.files.reading import decode, read_bytes, read_plain
from lsstd.files.standards import load_standard, names

TEXT = "standard: hlj-base-evaluation\nsubject: {name: 冰城}\nanswers: {village_rooms: met}\n"


# A byte order mark, as Windows editors write it, and Windows line ends change nothing.
@pytest.mark.parametrize("written", [TEXT.encode("utf-8-sig"), TEXT.replace("\n", "\r\n").encode(), TEXT.encode()])
def test_byte_order_mark_and_line_ends_change_nothing(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "base.yaml"
    path.write_bytes(written)
    assessment = load_assessment(path)
    assert assessment.subject.name == "冰城"
    assert assessment.answers["village_rooms"].state == "met"


# YAML, in any of its endings and cases, and JSON hold the same assessment.
@pytest.mark.parametrize("name", ["base.yaml", "base.yml", "BASE.YAML", "base.json", "冰城 基地.yaml"])
def test_kinds_of_files(tmp_path: Path, name: str) -> None:
    as_json = '{"standard": "hlj-base-evaluation", "subject": {"name": "冰城"}, "answers": {"village_rooms": "met"}}'
    path = tmp_path / name
    path.write_text(as_json if name.endswith("json") else TEXT, encoding="utf-8")
    standard, assessment = load_pair(path)
    assert standard.standard == assessment.standard == "hlj-base-evaluation"
    assert assessment.subject.name == "冰城"


# What is read is exactly what was written, known by the hash of its bytes, with the line of each place.
def test_values_hash_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(TEXT, encoding="utf-8")
    parsed = read_plain(path)
    assert parsed.value["subject"] == {"name": "冰城"}
    assert parsed.lines["answers.village_rooms"] == 3
    assert (parsed.path, parsed.sha256) == (path, hashlib.sha256(TEXT.encode()).hexdigest())


# A file as large as allowed is read, one byte more is refused without reading it.
def test_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_bytes(b"#" * 1000)
    assert len(read_bytes(path, largest=1000)) == 1000
    with pytest.raises(FileError):
        read_bytes(path, largest=999)


# Bytes that are no UTF-8 name the line where they begin to be none.
def test_encoding_is_told_by_line() -> None:
    assert decode("\ufeff冰城".encode(), Path("base.yaml")) == "冰城"
    with pytest.raises(FileError) as caught:
        decode(b"a: 1\nb: 2\nc: \xb1\xf9\n", Path("base.yaml"))
    assert caught.value.problems[0].line == 3


# Another process may hold a file closed: no permission is told as that.
def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(TEXT, encoding="utf-8")

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(FileError) as caught:
        read_bytes(path)
    assert caught.value.problems[0].found.to("zh") == "没有权限"


# A standard is found by its id or read from a file anywhere; either way it is the same and knows its file.
def test_standards_by_id_and_by_file(tmp_path: Path) -> None:
    own = Path(__file__).parents[2] / "lsstd" / "standards" / "hlj-base-evaluation.yaml"
    copy = tmp_path / "复制 copy.yaml"
    copy.write_bytes(own.read_bytes())
    assert names() == ["hlj-base-evaluation", "sz-supply-chain-collaboration"]
    assert load_standard(copy) == load_standard("hlj-base-evaluation")
    assert load_standard(str(copy)).sha256 == hashlib.sha256(own.read_bytes()).hexdigest()


# Every example loads, says that it is made up, and is listed in data/README.md.
def test_every_example_loads_and_says_that_it_is_made_up() -> None:
    listed = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    assert len(examples()) >= 5
    for name in examples():
        text = example(name).read_text(encoding="utf-8")
        assert load_assessment(example(name)).subject.name.endswith("（示例）")
        assert "虚构" in text
        assert "made-up" in text.lower()
        assert f"assessments/{name}.yaml" in listed
