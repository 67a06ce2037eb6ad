"""Many reports: only what is missing or changed is made, one failure stops no other, nothing is overwritten or lost."""

import gc
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib import pyplot

from lsstd import workers
from lsstd.errors import ReportError
from lsstd.files.assessments import load_reform
from lsstd.files.places import data, example
from lsstd.files.standards import load_standard
from lsstd.population.population import load_population
from lsstd.population.ranking import score
from lsstd.reports import batch
from lsstd.reports.batch import Job, Made
from lsstd.reports.folder import JOURNAL, Journal
from lsstd.reports.plan import Order, make_reports, plan
from lsstd.reports.templates import load_template
from lsstd.reports.verify import verify

EXAMPLES = ("near_aaa", "small_rural", "not_eligible")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three assessments in a folder of their own."""
    folder = tmp_path / "in"
    folder.mkdir()
    return [Path(shutil.copy(example(name), folder)) for name in EXAMPLES]


def made_of(folder: Path, files: list[Path], **more: Any) -> list[Made]:
    return make_reports(Order(tuple(files), folder, **more))


def times(made: list[Made]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for report in made for path in report.files.values()}


# A second run makes nothing; then only what was changed or taken away is made again; what somebody edited is left.
def test_only_what_is_missing_or_changed_is_made(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    first = made_of(out, files)
    content = {path: path.read_bytes() for path in times(first)}
    assert [report.is_new for report in first] == [True] * 3
    assert [report.is_new for report in made_of(out, files)] == [False] * 3
    files[0].write_text(files[0].read_text(encoding="utf-8").replace("live_rooms: 14", "live_rooms: 15"), "utf-8")
    first[1].files["html"].unlink()
    first[2].files["html"].write_text("<!-- written by lsstd --> altered")
    again = made_of(out, files)
    assert [report.is_new for report in again] == [True, True, False]
    assert again[2].edited == ("html",)
    assert [path.read_bytes() == content[path] for path in times(again)] == [False, True, False]
    assert [report.is_new for report in made_of(out, files)] == [False] * 3


# What the content does not depend on makes nothing anew: another folder for the inputs, their dates, comments in them.
def test_what_does_not_matter_makes_nothing_anew(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    before = times(made_of(out, files))
    os.utime(files[0])
    shutil.move(tmp_path / "in", tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "in")
    assert times(made_of(out, files)) == before


# A scenario's report is made anew when its base has changed, another reading or a reform makes others.
def test_all_that_a_report_rests_on_counts(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    scenario = tmp_path / "in" / "scenario.yaml"
    scenario.write_text("scenario: what if\nbase: near_aaa.yaml\nanswers: {village_rooms: met}\n")
    assert made_of(out, [scenario])[0].is_new
    assert not made_of(out, [scenario])[0].is_new
    files[0].write_text(files[0].read_text(encoding="utf-8").replace("live_rooms: 14", "live_rooms: 15"), "utf-8")
    assert made_of(out, [scenario])[0].is_new
    assert made_of(out, [scenario], parameters={"readings": {"compound_rows": "all"}})[0].is_new
    assert made_of(out, [scenario], lang="en")[0].is_new
    assert not made_of(out, [scenario], lang="en")[0].is_new


# A document that somebody edited is left to them: as it is while it still holds, with a message once it does not.
def test_an_edited_document_is_not_lost(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    (first,) = made_of(out, files[:1], formats=("html", "xlsx"))
    edited = first.files["xlsx"]
    edited.write_bytes(edited.read_bytes() + b"edited")
    assert made_of(out, files[:1], formats=("html", "xlsx"))[0].ok
    files[0].write_text(files[0].read_text(encoding="utf-8").replace("live_rooms: 14", "live_rooms: 15"), "utf-8")
    (then,) = made_of(out, files[:1], formats=("html", "xlsx"))
    assert list(then.files) == ["html"]
    assert "--force" in then.failures["xlsx"].en
    assert edited.read_bytes().endswith(b"edited")
    assert not made_of(out, files[:1], formats=("html", "xlsx"))[0].ok  # nor by asking again, or after the page alone
    assert made_of(out, files[:1])[0].ok
    assert not made_of(out, files[:1], formats=("html", "xlsx"))[0].ok
    (out / JOURNAL).unlink()
    assert not made_of(out, files[:1], formats=("html", "xlsx"))[0].ok
    assert edited.read_bytes().endswith(b"edited")
    assert made_of(out, files[:1], formats=("html", "xlsx"), force=True)[0].ok
    assert not edited.read_bytes().endswith(b"edited")


# Each language has its own files; a report called index does not lie where the index will; a folder named like a
# parameter's value is not taken for a file; strange line ends in a name do not break the journal.
def test_names_do_not_collide(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    for folder in ("zh", "en", "hlj-base-evaluation"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    index = tmp_path / "in" / "index.yaml"
    index.write_text("standard: hlj-base-evaluation\nsubject: {region: x}\n")
    strange = tmp_path / "in" / "strange.yaml"
    strange.write_text('standard: hlj-base-evaluation\nsubject: {name: "a\\u2028b\\u0085c"}\n')
    for lang in ("zh", "en"):
        given = {"standard": "hlj-base-evaluation"}
        made = made_of(out, [*files, index, strange], lang=lang, parameters=given)
        assert all(report.ok for report in made), [report.failures for report in made]
    assert len(list(out.glob("*.html"))) == 10
    assert not (out / "index.html").exists()
    assert not any(report.is_new for report in made_of(out, [*files, index, strange], parameters=given))


# Whatever stands in a journal that is not ours, a report is made, in its own folder.
def test_a_strange_journal(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    strange = ('{"stem": "../x", "source": "", "files": {}}', '{"stem": "a", "source": "", "files": 7}', "[]", "null")
    (out / JOURNAL).write_text("\n".join(strange))
    assert made_of(out, files[:1])[0].ok
    assert list(Journal(out).entries) == [made_of(out, files[:1])[0].files["html"].stem]


# A file of somebody else's that stands in the way fails its own report, before any work, and no other.
def test_a_file_of_others_stays(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    other = made_of(out, files[:1])[0].files["html"]
    (out / JOURNAL).unlink()
    other.write_text("somebody else's")
    made = made_of(out, files)
    assert [report.ok for report in made] == [False, True, True]
    assert other.read_text() == "somebody else's"


# A journal that was cut off in the middle of a line loses that line only.
def test_a_line_cut_off_is_no_line(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "out"
    made_of(out, files)
    whole = (out / JOURNAL).read_bytes()
    (out / JOURNAL).write_bytes(whole[:-40])
    assert [report.is_new for report in made_of(out, files)] == [False, False, True]
    assert len(Journal(out).entries) == 3


class Elsewhere(Executor):
    """Runs each job at once, from what can be pickled alone; the second of them dies."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, job: Callable[..., Any], /, *given: Any, **more: Any) -> Future[Any]:
        self.count += 1
        future: Future[Any] = Future()
        if self.count == 2:
            future.set_exception(ConnectionError("the worker is gone"))
        else:
            job, given = pickle.loads(pickle.dumps((job, given)))
            future.set_result(pickle.loads(pickle.dumps(job(*given, **more))))
        return future


# Any executor runs the jobs, which need none of our folders; what a dying worker has lost is retried there once.
def test_any_executor_runs_the_jobs(tmp_path: Path, files: list[Path]) -> None:
    executor = Elsewhere()
    made = make_reports(Order(tuple(files), tmp_path / "out"), executor)
    assert [report.ok for report in made] == [True] * 3
    assert executor.count == 4


class Deadly:
    """Ends the process that unpickles it, or only the first that does."""

    def __init__(self, once: Path | None = None) -> None:
        self.once = once

    def __reduce__(self) -> Any:
        end = "__import__('os')._exit(1)"
        path = f"__import__('pathlib').Path({str(self.once)!r})"
        return eval, (end if self.once is None else f"7 if {path}.exists() else ({path}.touch(), {end})",)


# A report that kills its worker every time fails with that reason; one that does so once is made, as are all others,
# both in our own processes and in a given pool that breaks.
@pytest.mark.slow
@pytest.mark.parametrize("is_given", [False, True])
def test_a_killed_worker_costs_no_other_report(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, is_given: bool
) -> None:
    monkeypatch.setattr(workers, "FEW", 0)
    copies = [Path(shutil.copy(files[0], tmp_path / f"base_{number}.yaml")) for number in range(8)]
    order = Order(tuple(copies), tmp_path / "out")
    jobs = [job for job in plan(order, Journal(order.folder))[1] if isinstance(job, Job)]
    for place, deadly in ((2, Deadly(tmp_path / "once")), (7, Deadly())):
        jobs[place] = replace(jobs[place], papers={"deadly": deadly})
    done: dict[str, Any] = {}
    pool = ProcessPoolExecutor(2) if is_given else None
    workers.run(jobs, batch.make, lambda job, found: done.setdefault(job.stem, found), lambda _: 1, 2, pool)
    failed = [place for place, job in enumerate(jobs) if isinstance(done[job.stem], BrokenProcessPool)]
    assert failed == [7]
    pages = [found.contents["html"] for found in done.values() if isinstance(found, batch.Rendered)]
    assert [page.rstrip().endswith(b"</html>") for page in pages] == [True] * 7


# A long-lived worker keeps nothing of the reports that it has made: no open figures, no objects.
def test_reports_leave_nothing_behind(tmp_path: Path, files: list[Path]) -> None:
    def objects() -> int:
        gc.collect()
        return len(gc.get_objects())

    jobs = list(plan(Order(tuple(files[:1]), tmp_path, formats=("html", "docx", "xlsx")), Journal(tmp_path))[1])
    sent = [pickle.dumps(job) for job in jobs]
    for job in sent:
        batch.make(pickle.loads(job))
    before = objects()
    for job in sent:
        batch.make(pickle.loads(job))
    assert pyplot.get_fignums() == []
    assert objects() - before < 300  # of the hundreds of thousands created meanwhile


# An executor that accepts no more work stops the run with one message; what is finished is kept, and the next run
# continues.
def test_an_executor_that_is_shut_down(tmp_path: Path, files: list[Path]) -> None:
    class Closing(Elsewhere):
        def submit(self, job: Callable[..., Any], /, *given: Any, **more: Any) -> Future[Any]:
            if self.count == 1:
                raise RuntimeError("cannot schedule new futures after shutdown")
            return super().submit(job, *given, **more)

    order = Order(tuple(files), tmp_path / "out")
    with pytest.raises(ReportError, match=r"(?s)accepts no more work.*after shutdown"):
        make_reports(order, Closing())
    assert [report.is_new for report in make_reports(order)] == [False, True, True]
    for strange in ("tcp://127.0.0.1:8786", SimpleNamespace(status="closed")):
        with pytest.raises(ReportError, match="a running pool or cluster"):
            make_reports(Order(tuple(files), tmp_path / "other"), strange)  # type: ignore[arg-type]


# The disk is full in the middle of one report: it fails with the reason, the others are whole, nothing half-written.
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, count = Path.replace, iter(range(10))

    def full(path: Path, target: Path) -> Path:
        if target.suffix == ".html" and next(count) == 1:
            raise OSError(28, "No space left on device")
        return whole(path, target)

    monkeypatch.setattr(Path, "replace", full)
    made = made_of(tmp_path / "out", files)
    assert [report.ok for report in made] == [True, False, True]
    assert "the disk is full" in made[1].failures["html"].en
    assert len(list((tmp_path / "out").iterdir())) == 3


# A folder that cannot be written is told before any notebook runs.
def test_a_read_only_folder(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(batch, "make", lambda job: pytest.fail(f"{job.stem} was begun"))
    made = made_of(tmp_path / "out", files)
    assert [report.ok for report in made] == [False] * 3
    assert "no permission" in made[0].failures["html"].en


# --- with real processes ---


def failing(folder: Path, marker: str) -> Path:
    """Return a template of one's own whose third cell fails for one of the assessments."""
    notebook = nbformat.v4.new_notebook()
    cells = [
        nbformat.v4.new_code_cell(
            'assessment: str = ""  # a file\nlang: str = "zh"', metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_code_cell("print('page one of', assessment)"),
        nbformat.v4.new_code_cell(f"assert {marker!r} not in assessment, 'it broke here'"),
    ]
    notebook.cells = cells
    path = folder / "mine.ipynb"
    nbformat.write(notebook, path)
    return path


# A template of one's own fails for one file: that notebook is kept with its failing cell marked, the others are made;
# once it works, the kept one is gone.
@pytest.mark.slow
def test_the_failed_notebook_is_kept(tmp_path: Path, files: list[Path]) -> None:
    out, template = tmp_path / "out", load_template(str(failing(tmp_path, "small_rural")))
    made = made_of(out, files, template=template)
    assert [report.ok for report in made] == [True, False, True]
    assert "it broke here" in made[1].failures["html"].en
    assert made[1].notebook == out / "failed" / "mine_small_rural.ipynb"
    kept = nbformat.read(made[1].notebook, as_version=4)
    assert any("papermill-error-cell-tag" in cell.metadata.get("tags", ()) for cell in kept.cells)
    assert "page one of" in made[0].files["html"].read_text(encoding="utf-8")
    template = load_template(str(failing(tmp_path, "nothing")))
    assert all(report.ok for report in made_of(out, files, template=template))
    assert not list((out / "failed").iterdir())


# Worker processes of a pool make the same bytes as threads do.
@pytest.mark.slow
def test_a_pool_of_processes_makes_the_same(tmp_path: Path, files: list[Path]) -> None:
    with ProcessPoolExecutor(2) as pool:
        there = make_reports(Order(tuple(files), tmp_path / "pool"), pool)
    here = make_reports(Order(tuple(files), tmp_path / "threads"), jobs=2)
    assert all(report.ok for report in (*here, *there))
    pairs = zip(here, there, strict=True)
    assert all(one.files["html"].read_bytes() == two.files["html"].read_bytes() for one, two in pairs)


# Dask's client, whose workers are other processes, makes the same bytes as threads do (the extra `dask`).
@pytest.mark.slow
def test_dasks_client_makes_the_same(tmp_path: Path, files: list[Path]) -> None:
    from distributed import Client

    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path / "dask") as client:
        there = make_reports(Order(tuple(files), tmp_path / "there"), client)
    here = make_reports(Order(tuple(files), tmp_path / "here"))
    assert all(report.ok for report in (*here, *there)), [report.failures for report in there]
    pairs = zip(here, there, strict=True)
    assert all(one.files["html"].read_bytes() == two.files["html"].read_bytes() for one, two in pairs)


# Killed in the middle, a batch leaves whole files only, and the next run makes the rest and nothing twice.
@pytest.mark.slow
def test_a_killed_batch_goes_on(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    given = example("near_aaa").read_text(encoding="utf-8")
    for number in range(12):
        (folder / f"base_{number:02}.yaml").write_text(given, encoding="utf-8")
    files = sorted(folder.iterdir())
    command = [sys.executable, "-m", "lsstd", "report", *map(str, files), "-o", str(out), "--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(list(out.glob("*.html")) if out.exists() else []) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    done = {path: path.stat().st_mtime_ns for path in out.glob("*.html")}
    assert 3 <= len(done) < 12
    assert all(path.read_text(encoding="utf-8").rstrip().endswith("</html>") for path in done)
    noted = {f"{stem}.html" for stem in Journal(out).entries}
    made = make_reports(Order(tuple(files), out), jobs=2)
    assert all(report.ok for report in made)
    assert sum(not report.is_new for report in made) >= len(done) - 2
    assert all(path.stat().st_mtime_ns == done[path] for path in done if path.name in noted)
    assert len({path.read_bytes() for path in out.glob("*.html")}) == 12  # each names its own file


# --- the command ---


# An index of somebody else's stays; the reports are made and told all the same, and the status says that it failed.
def test_a_foreign_index_stays(tmp_path: Path, files: list[Path], lsstd: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("somebody else's")
    ran = lsstd("report", *files, "-o", out, "--json", "--lang", "en")
    assert ran.status == 1
    assert [entry["ok"] for entry in ran.parsed["files"]] == [True] * 3
    assert "3 reports: 3 made" in ran.err
    assert (out / "index.html").read_text() == "somebody else's"


# Once there is an index, a run over a single file keeps it true.
def test_a_single_report_keeps_the_index_true(tmp_path: Path, files: list[Path], lsstd: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    assert lsstd("report", files[0], "-o", out).status == 0
    assert not (out / "index.html").exists()
    assert lsstd("report", *files[:2], "-o", out).status == 0
    assert lsstd("report", files[2], "-o", out).status == 0
    assert (out / "index.html").read_text(encoding="utf-8").count('href="./') == 3


# `lsstd verify reports/*.html` checks every report and passes over the index, with a word, whatever the shell expands.
def test_the_index_is_no_report(tmp_path: Path, files: list[Path], lsstd: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    assert lsstd("report", *files[:2], "-o", out).status == 0
    pages = sorted(out.glob("*.html"))
    ran = lsstd("verify", *pages, out / "index.xlsx", "--lang", "en")
    assert ran.status == 0, ran.out
    assert ran.out.count("texts match") == 2
    assert ran.out.count("passed over") == 2
    pages[1].write_text(pages[1].read_text(encoding="utf-8").replace('id="lsstd-record"', ""), encoding="utf-8")
    assert lsstd("verify", *pages).status == 1


# Whether the grade by score is shown where a condition fails is a choice for reports too; it travels in the record. The
# index says who decides, and marks who is disqualified.
@pytest.mark.slow
def test_grades_in_reports_and_index(tmp_path: Path, files: list[Path], lsstd: Callable[..., Any]) -> None:
    text, bad, out = files[0].read_text(encoding="utf-8"), tmp_path / "bad", tmp_path / "out"
    bad.mkdir()
    (bad / "false.yaml").write_text(text.replace("data_falsified: false", "data_falsified: true"), encoding="utf-8")
    (bad / "small.yaml").write_text(re.sub("signed_anchors: .*", "signed_anchors: 19", text), encoding="utf-8")
    ran = lsstd("report", bad, "-o", out, "--condition-failed", "report", "--lang", "en")
    assert ran.status == 0, ran.err
    told, index = "by score alone AA; not met: 5.1.4", (out / "index.html").read_text(encoding="utf-8")
    assert [told in page.read_text(encoding="utf-8") for page in sorted(out.glob("[fs]*.html"))] == [False, True]
    assert index.count("the grade is decided only by the expert panel (8.3.3)") == 1
    assert "disqualified" in index
    assert lsstd("verify", *out.glob("[fs]*.html")).status == 0
    assert lsstd("report", bad, "-o", tmp_path, "--set", "condition_failed=perhaps").status == 1


# Of several reports the command tells how many were made, failed and were there, leads to each from an index, and
# ends with status 1 while any fails.
@pytest.mark.slow
def test_the_command_sums_up(tmp_path: Path, files: list[Path], lsstd: Callable[..., Any]) -> None:
    broken = tmp_path / "in" / "broken.yaml"
    broken.write_text("standard: hlj-base-evaluation\nanswers: {nope: met}\n")
    out = tmp_path / "out"
    ran = lsstd("report", *files, broken, "-o", out, "--lang", "en", "--json", "--to", "html,xlsx")
    assert ran.status == 1
    assert "4 reports: 3 made, 0 unchanged, 1 failed" in ran.err
    entries = json.loads(ran.out)["files"]
    assert [(entry["format"], entry["ok"]) for entry in entries] == [("html", True), ("xlsx", True)] * 3 + [
        ("html", False),
        ("xlsx", False),
    ]
    assert all(Path(entry["path"]).is_file() for entry in entries if entry["ok"])
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "answers.nope" in index
    assert index.count('href="./') == 6
    broken.write_text("standard: hlj-base-evaluation\nsubject: {name: mended}\n")
    again = lsstd("report", *files, broken, "-o", out, "--lang", "en", "--to", "html,xlsx")
    assert again.status == 0
    assert "4 reports: 1 made, 3 unchanged, 0 failed" in again.err
    assert "mended" in (out / "index.html").read_text(encoding="utf-8")


# A table makes one report a subject, which scores as the table does; a changed line makes that subject's anew.
def test_a_report_for_each_line_of_a_table(tmp_path: Path) -> None:
    table, out = Path(shutil.copy(data() / "populations" / "made_up_60.csv", tmp_path)), tmp_path / "out"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    table.write_text("\n".join(lines[:6]), "utf-8")
    options = {
        "parameters": {"readings": {"compound_rows": "all"}, "reforms": [str(data() / "reforms" / "rural_weight.yaml")]}
    }
    made = made_of(out, [table], **options)
    reform = load_reform(data() / "reforms" / "rural_weight.yaml")
    standard = load_standard(reform.standard)
    scores = score(load_population(table, standard), reform.apply(standard), {"compound_rows": "all"})
    assert [report.subject for report in made] == scores["id"].tolist()
    assert [report.summary["secured"] for report in made] == scores["score"].tolist()
    assert [report.summary["eligible"] for report in made] == [None if pd.isna(e) else e for e in scores["eligible"]]
    third = made[2].files["html"]
    assert third.name == "made_up_60_synthetic-000003.html"
    assert verify(third, inputs=[table]).ok
    lines[3] = lines[3].replace("synthetic-000003,", "synthetic-000003,", 1).rsplit(",", 1)[0] + ",0.5"
    table.write_text("\n".join(lines[:6]), "utf-8")
    assert [report.is_new for report in made_of(out, [table], **options)] == [False, False, True, False, False]
    table.write_text("id,village_rooms\nx,7\n", "utf-8")
    (failed,) = made_of(out, [table])
    assert "village_rooms" in failed.failures["html"].en
