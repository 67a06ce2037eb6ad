"""Populations in parts: read, checked and scored part by part, with the results of one table to the last digit."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import run_lsstd

import lsstd
from lsstd.errors import LsstdError
from lsstd.population.partitions import Partitions, each_part, open_population
from lsstd.population.population import Population, load_population
from lsstd.population.ranking import ranking
from lsstd.population.scoring import scores_of
from lsstd.population.synthetic import load_assumptions, synthetic, synthetic_tables
from lsstd.population.table_files import csv_of
from lsstd.standard.standard import Standard

pytest.importorskip("pyarrow")
ASSUMPTIONS = "data/populations/assumptions.yaml"
COUNT = 20_000
CUTS = [0, 1, 3000, 3000, 7777, 12_000, 19_990, COUNT]


@pytest.fixture(scope="module")
def table(hlj: Standard) -> pd.DataFrame:
    """20,000 subjects in forty columns and more, with weights of up to two decimals and percentages in doubt."""
    frame = synthetic(load_assumptions(ASSUMPTIONS, hlj), hlj, COUNT, seed=5).frame.iloc[:, :45]
    ids = [f"{number:05d}" for number in range(COUNT)]
    weights = np.random.default_rng(1).integers(1, 1000, COUNT) / np.resize([1, 10, 100], COUNT)
    share = frame["shared_area_share"].where(np.arange(COUNT) % 4999 != 7, 0.25)
    return frame.assign(id=ids, weight=weights, shared_area_share=share)


@pytest.fixture(scope="module")
def files(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same subjects as one CSV file, one Parquet file of row groups, and seven uneven parts, one of them empty."""
    folder = tmp_path_factory.mktemp("population")
    (folder / "all.csv").write_bytes(csv_of(table))
    table.to_parquet(folder / "all.parquet", index=False, row_group_size=6000)
    (folder / "parts").mkdir()
    for number, (start, stop) in enumerate(pairwise(CUTS), 8):  # part.9 comes before part.10
        table.iloc[start:stop].to_parquet(folder / "parts" / f"part.{number}.parquet", index=False)
    return folder


def opened(source: Any, standard: Standard, cells: int | None) -> Population | Partitions:
    """Open a population, in parts of about so many cells."""
    with pytest.MonkeyPatch.context() as patch:
        if cells is not None:
            patch.setattr("lsstd.population.partitions.CELLS", cells)
        return open_population(source, standard)


def outcome(population: Any, standard: Standard) -> dict[str, Any]:
    """Return everything that is shown of the scores of a population, as in the JSON."""
    found = ranking(population, standard)
    first = [(place.id, place.score, place.grade, place.eligible) for place in found.counts.first]
    return {
        **found.to_dict(),
        "subjects": list(found.subjects()),
        "notes": [note.en for note in found.census.notes],
        "eligible": found.counts.eligible,
        "first": first,
    }


@pytest.fixture(scope="module")
def whole(table: pd.DataFrame, hlj: Standard) -> dict[str, Any]:
    """The outcome for the table in memory."""
    return outcome(load_population(table, hlj), hlj)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """The client of a cluster of two worker processes."""
    distributed = pytest.importorskip("distributed")
    quiet: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", **quiet) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


# However the table is cut, scores, ranks, counts, spread and notes are those of one table, to the last digit.
@pytest.mark.parametrize(
    ("source", "rows", "parts"),
    [
        ("all.csv", None, None),
        ("all.csv", 3000, 7),
        ("all.parquet", 2500, 10),
        ("parts/*.parquet", None, 7),
        ("parts", 5000, 7),
    ],
)
def test_parts_are_as_the_whole(
    source: str,
    rows: int | None,
    parts: int | None,
    files: Path,
    table: pd.DataFrame,
    hlj: Standard,
    whole: dict[str, Any],
) -> None:
    people = opened(files / source, hlj, None if rows is None else rows * len(table.columns))
    assert isinstance(people, Population) if parts is None else abs(len(people.parts) - parts) <= 1
    assert outcome(people, hlj) == whole
    assert any("lines like this)" in note for note in whole["notes"])
    assert whole["population"]["count"] == COUNT


# A Dask data frame is a population in parts, here and on a cluster; the public functions take it as it is.
def test_a_dask_frame(table: pd.DataFrame, files: Path, hlj: Standard, whole: dict[str, Any], client: Any) -> None:
    dask = pytest.importorskip("dask.dataframe")
    frame = dask.read_parquet(files / "parts" / "*.parquet")
    assert outcome(open_population(frame, hlj, executor=client), hlj) == whole
    scores = lsstd.score(dask.from_pandas(table.iloc[:3000], npartitions=3))
    pd.testing.assert_frame_equal(scores, lsstd.score(table.iloc[:3000], hlj))


def grades_unless_killed(part: Population, pipe: str, number: str) -> list[int]:
    """Count grades; the first worker to reach the subject reports its process and waits to be killed."""
    mark = Path(f"{pipe}.seen")
    if number in set(part.ids) and not mark.exists():
        mark.touch()
        Path(pipe).write_text(str(os.getpid()))
        threading.Event().wait(60)
    return np.bincount(scores_of(part).grade(), minlength=5).tolist()


# When a worker is killed in the middle of a part, nothing is lost: the part is computed again.
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_killed_worker(files: Path, hlj: Standard, whole: dict[str, Any], client: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    killed: list[int] = []

    def kill() -> None:
        killed.append(int(pipe.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    people = open_population(files / "parts" / "*.parquet", hlj, executor=client)
    census, counts = each_part(people, partial(grades_unless_killed, pipe=str(pipe), number="08000"))
    killer.join()
    assert killed
    assert killed[0] != os.getpid()
    assert census.count == COUNT
    assert np.sum(counts, axis=0).tolist() == [each["count"] for each in whole["grades"]]


# Only some parts are in progress at any time, however many there are; each one that is finished is reported.
def test_parts_under_way(hlj: Standard) -> None:
    started: list[int] = []
    done: list[int] = []
    ahead: list[int] = []

    def part(number: int) -> Population:
        started.append(number)
        return load_population(pd.DataFrame({"id": [f"s{number}"], "village_rooms": [number % 6]}), hlj)

    def on_part(_: int) -> None:
        done.append(1)
        ahead.append(len(started) - len(done))

    with ThreadPoolExecutor(2) as executor:
        people = Partitions(hlj, tuple(partial(part, number) for number in range(40)), executor, on_part=on_part)
        census, counts = each_part(people, len)
    assert (census.count, counts, len(done)) == (40, [1] * 40, 40)
    assert max(ahead) <= 5


SUBJECTS = pd.DataFrame(
    {"id": [f"a{number}" for number in range(10)], "group.region": "x", "village_rooms": [1.0, 2.0] * 5}
)
OTHERS = SUBJECTS.assign(id=[f"b{number}" for number in range(10)])


# Parts whose weights are all 0 are refused, as a single table with them is.
def test_weightless_parts(tmp_path: Path, hlj: Standard) -> None:
    for number, each in enumerate((SUBJECTS, OTHERS)):
        write(tmp_path / f"p{number}.csv", each.assign(weight=0))
    with pytest.raises(LsstdError, match="0 for every subject"):
        lsstd.score(open_population(tmp_path / "p*.csv", hlj))


# Whatever is wrong with one of the tables is reported with its file and line.
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("other", "told"),
    [
        (OTHERS.assign(id=["a3", *OTHERS["id"][1:]]), "p1.KIND (line 2): a3 is also in p0.KIND (line 5)"),
        (OTHERS.drop(columns="village_rooms"), "p1.KIND: no column village_rooms; expected: the columns of p0.KIND"),
        (OTHERS.assign(village_room=1), "p1.KIND: an extra column village_room"),
        (
            OTHERS.assign(village_rooms=[1.0] * 8 + [99.0, 1.0]),
            "p1.KIND is not a valid population\n  - village_rooms (line 10)",
        ),
        (b"\x00\x01 nothing known", "cannot read p1.KIND"),
        (b"", "p1.KIND: an empty file"),
    ],
    ids=["twice", "fewer columns", "more columns", "a cell", "another kind", "empty"],
)
def test_wrong_tables(kind: str, other: pd.DataFrame | bytes, told: str, tmp_path: Path, hlj: Standard) -> None:
    write(tmp_path / f"p0.{kind}", SUBJECTS)
    write(tmp_path / f"p1.{kind}", other)
    with pytest.raises(LsstdError) as caught:
        lsstd.score(str(tmp_path / f"*.{kind}"), hlj)
    assert told.replace("KIND", kind) in caught.value.to("en")


def write(path: Path, content: pd.DataFrame | bytes) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".csv":
        content.to_csv(path, index=False)
    else:
        content.to_parquet(path, index=False)


# An id in two parts that come from no file is reported with its lines in both.
def test_repeated_in_memory(hlj: Standard) -> None:
    people = load_population(SUBJECTS, hlj)
    for other, told in (
        (slice(4, 10), "population (line 1): a4 is also in population (line 5)"),
        (slice(0, 2), "population (line 1): a0 is also in population (line 1)"),
    ):
        parts = tuple(partial(people.part, rows) for rows in (slice(0, 6), other))
        with pytest.raises(LsstdError) as caught:
            each_part(Partitions(hlj, parts), len)
        assert told in caught.value.to("en")


# A file that vanishes or changes between listing and reading is refused; so are numbers where other files have text.
def test_files_that_do_not_stay(tmp_path: Path, hlj: Standard) -> None:
    write(tmp_path / "p0.parquet", SUBJECTS)
    write(tmp_path / "p1.parquet", OTHERS)
    people = open_population(tmp_path, hlj)
    write(tmp_path / "p1.parquet", OTHERS.iloc[:5])
    with pytest.raises(LsstdError, match=r"p1.parquet: the file was changed while it was being read"):
        each_part(people, len)
    (tmp_path / "p1.parquet").unlink()
    with pytest.raises(LsstdError, match=r"p1.parquet: the file does not exist \(any more\)"):
        each_part(people, len)
    write(tmp_path / "p1.parquet", OTHERS.assign(id=range(10)))
    with pytest.raises(LsstdError, match=r"p1.parquet: id holds numbers; expected: text, as in p0.parquet"):
        open_population(tmp_path, hlj)
    with pytest.raises(LsstdError, match=r"\*\.pq: no files"):
        open_population(tmp_path / "*.pq", hlj)


# Whole numbers name a group and a subject alike, whether or not the part that they stand in has a blank too.
def test_whole_numbers_as_texts(tmp_path: Path, hlj: Standard) -> None:
    years = [2020.0, None] * 5
    write(tmp_path / "p0.parquet", SUBJECTS.assign(**{"id": np.arange(10.0), "group.year": years}))
    write(tmp_path / "p1.parquet", SUBJECTS.assign(**{"id": range(20, 30), "group.year": 2020}))
    people = open_population(tmp_path, hlj)
    assert isinstance(people, Partitions)
    frame = pd.concat([part().frame for part in people.parts])
    assert frame["group.year"].dropna().unique().tolist() == ["2020"]
    assert frame["id"].tolist() == [str(number) for number in (*range(10), *range(20, 30))]


# An empty part is accepted; a whole without subjects, with only one, or with nothing but unknowns is refused.
def test_too_little(tmp_path: Path, hlj: Standard) -> None:
    write(tmp_path / "p0.csv", SUBJECTS)
    write(tmp_path / "p1.csv", SUBJECTS.iloc[:0])
    assert each_part(open_population(tmp_path, hlj), len)[1] == [10]
    for content, told in (
        (SUBJECTS.iloc[:0], "no rows"),
        (SUBJECTS.iloc[:1], "only one row"),
        (SUBJECTS.assign(village_rooms=np.nan), "everything is unknown"),
        (SUBJECTS.assign(weight=0), "weight: 0 for every subject"),
    ):
        write(tmp_path / "p0.csv", content)
        write(tmp_path / "p1.csv", content.iloc[:0])
        with pytest.raises(LsstdError, match=told):
            each_part(open_population(tmp_path, hlj), len)
    (tmp_path / "none").mkdir()
    with pytest.raises(LsstdError, match="none: no files"):
        open_population(tmp_path / "none", hlj)


# A CSV file is cut at the ends of lines, in every form that can be read whole; lines keep their numbers.
@pytest.mark.parametrize(
    ("head", "line", "encoding", "faulty"),
    [
        ("id,group.region,village_rooms\n", "{n},大庆,1\n", "utf-8-sig", 3002),
        ("名单\nid;group.region;village_rooms\n", "{n};大庆;1\n", "gb18030", 3003),
        ("sep=;\nid;group.region;village_rooms\n", "{n};x;1\n", "utf-8-sig", 3003),
        ("id,group.region,village_rooms\r", "{n},x,1\r", "utf-8", 3002),
        ("id,group.region,village_rooms\r\n", '{n},"大庆\n市, x",1\r\n', "utf-8", 3002),
    ],
)
def test_stretches(head: str, line: str, encoding: str, faulty: int, tmp_path: Path, hlj: Standard) -> None:
    path, body = tmp_path / "p.csv", "".join(line.format(n=f"{n:04d}") for n in range(3000))
    path.write_bytes((head + body).encode(encoding))
    parts, one = opened(path, hlj, 12_800), load_population(path, hlj)
    assert isinstance(parts, Partitions)
    assert len(parts.parts) > 3
    pd.testing.assert_frame_equal(pd.concat([part().frame for part in parts.parts], ignore_index=True), one.frame)
    assert each_part(parts, len)[0].notes == one.notes
    path.write_bytes((head + body + line.format(n="x").replace("1", "99")).encode(encoding))
    with pytest.raises(LsstdError, match=rf"village_rooms \(line {faulty}\): 99"):
        each_part(opened(path, hlj, 12_800), len)


CELLS = [
    "1",
    "2.5",
    "",
    " 3",
    "4 ",
    '"1"',
    "1e0",
    "+1",
    "１",
    "true",
    "True",
    "nan",
    "inf",
    "0x1",
    "1,0",
    "7.1%",
    "2024-01-01",
]


# Any cell means the same whether its column stands in one table or is cut into parts, in which it may be all there is.
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "column", ["village_rooms", "shared_area_share", "live_room_facilities.shared_rooms", "opened"]
)
def test_cells_are_read_alike(cell: str, column: str, tmp_path: Path, hlj: Standard) -> None:
    head, rows = f"id;{column};office_area\n", ["007;1;1.5\n", "08;;2\n", f"9;{cell};\n"]
    files = [tmp_path / "p.csv", *(tmp_path / f"p{number}.csv" for number in range(3))]
    for file, text in zip(files, ("".join(rows), *rows), strict=True):
        file.write_text(head + text, encoding="utf-8")
    found = []
    for source in (files[:1], files[1:]):
        try:
            people = open_population(source, hlj)
            frames = [part().frame for part in people.parts] if isinstance(people, Partitions) else [people.frame]
            cells = [one for frame in frames for one in frame.to_dict("records")]
            found.append([[None if pd.isna(value) else value for value in one.values()] for one in cells])
        except LsstdError as error:
            found.append([[problem.where for problem in error.problems][:1]])
    assert found[0] == found[1]


# A table in one file is read in parts long before it would be too large for what needs all of it at once.
def test_the_whole_of_one_file(tmp_path: Path, hlj: Standard) -> None:
    write(tmp_path / "p0.csv", pd.DataFrame({"id": [f"a{number}" for number in range(2000)], "village_rooms": 1}))
    people = opened(tmp_path / "p0.csv", hlj, 10_000)
    assert isinstance(people, Partitions)
    assert len(lsstd.anonymise(people)[0]) == 2000


# What cannot be computed in parts says so, in Python and on the command line.
def test_what_needs_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "p0.csv", SUBJECTS)
    write(tmp_path / "p1.csv", OTHERS)
    with pytest.raises(LsstdError, match="this cannot be computed in parts"):
        lsstd.anonymise(str(tmp_path / "*.csv"))
    told = run_lsstd(
        "population", "anonymise", str(tmp_path / "*.csv"), "-o", str(tmp_path / "safe.csv"), "--lang", "en"
    )
    assert told.status == 1
    assert "this cannot be computed in parts" in told.err


# No result takes the place of a table that it is made of, not even of one that lsstd itself has written.
@pytest.mark.parametrize("population", ["p0.parquet", "*.parquet", "."])
def test_nothing_is_written_over_what_is_read(population: str, tmp_path: Path) -> None:
    made = tmp_path / "p0.parquet"
    assert not run_lsstd("population", "generate", ASSUMPTIONS, "-n", "20", "-o", str(made)).status
    before = made.read_bytes()
    for command in (["population", "score"], ["uncertainty"], ["sweep", "lines.AAA", "380:390:5", "--population"]):
        told = run_lsstd(*command, str(tmp_path / population), "-o", str(made), "--force", "--lang", "en")
        assert (told.status, made.read_bytes()) == (1, before)
        assert "p0.parquet: the file being read; expected: another name" in told.err


# On the command line: a pattern, several files, a local cluster; the table is written whole or not at all.
def test_scores_of_parts(files: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    out, pattern = tmp_path / "scores.parquet", str(files / "parts" / "*.parquet")
    assert run_lsstd("population", "score", pattern, "-o", str(out)).status == 0
    table = pd.read_parquet(out)
    expected = pd.DataFrame(whole["subjects"])
    assert table["score"].tolist() == expected["score"].tolist()
    assert table["rank"].tolist() == expected["rank"].tolist()
    listed = sorted(map(str, (files / "parts").iterdir()), key=lambda name: (len(name), name))
    again = run_lsstd("population", "score", *listed, "-o", str(out), "--json")  # the file is ours, and unchanged
    assert again.status == 0
    document = json.loads(again.out)
    assert document["subjects"] == json.loads(json.dumps(whole["subjects"]))
    assert document["grades"] == whole["grades"]
    table.to_parquet(out)
    refused = run_lsstd("population", "score", pattern, "-o", str(out), "--lang", "en")
    assert refused.status == 1
    assert "a file not written by lsstd" in refused.err
    shutil.copytree(files / "parts", tmp_path / "parts")
    write(tmp_path / "parts" / "part.99.parquet", b"PAR1 is not enough")
    failed = run_lsstd("population", "score", str(tmp_path / "parts"), "-o", str(tmp_path / "new.csv"), "--lang", "en")
    assert failed.status == 1
    assert "part.99.parquet" in failed.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts", "scores.parquet"]


# --dask asks for Dask: an address without an answer is refused at once, and the next argument may be the file.
def test_dask_on_the_command_line(files: Path, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("lsstd.cli.population_commands._PATIENCE", 0.5)
    nobody = run_lsstd("population", "score", str(files / "parts"), "--dask", "127.0.0.1:9", "--lang", "en")
    assert nobody.status == 1
    assert "127.0.0.1:9" in nobody.err
    assert "the address of a running scheduler" in nobody.err
    found = run_lsstd("population", "score", "--dask", str(files / "parts"), "--json")
    assert found.status == 0
    assert json.loads(found.out)["grades"] == whole["grades"]


# A population is generated block by block, in each of which other subjects are drawn; the first is as if it were alone.
def test_generated_in_blocks(hlj: Standard, monkeypatch: pytest.MonkeyPatch) -> None:
    assumptions = load_assumptions(ASSUMPTIONS, hlj)
    alone = synthetic(assumptions, hlj, 300, 3).frame
    monkeypatch.setattr("lsstd.population.synthetic.BLOCK", 300)
    first, *others = synthetic_tables(assumptions, hlj, 1000, 3)
    pd.testing.assert_frame_equal(first, alone)
    assert [len(each) for each in others] == [300, 300, 100]
    assert not others[0].iloc[:, 1:].equals(first.iloc[:, 1:])
    whole = synthetic(assumptions, hlj, 1000, 3).frame
    pd.testing.assert_frame_equal(pd.concat([first, *others], ignore_index=True), whole)
    assert whole["id"].is_unique


# Quotients whose common denominator exceeds 64 bits are rounded in every part, even if only the whole needs it.
def test_quotients_are_rounded_alike(quotients: Standard) -> None:
    primes = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]
    frame = pd.DataFrame({"id": [f"s{prime}" for prime in primes], "people": range(1, 13), "staff": primes})
    parts = [partial(load_population, frame.iloc[start : start + 2], quotients) for start in range(0, 12, 2)]
    whole, people = load_population(frame, quotients), Partitions(quotients, tuple(parts))
    assert outcome(people, quotients)["subjects"] == outcome(whole, quotients)["subjects"]
    assert ranking(people).counts.totals.lattice == ranking(whole).counts.totals.lattice
    unaware = [scores_of(part()).ratings.lattice for part in parts]
    assert ranking(whole).counts.totals.lattice not in unaware
