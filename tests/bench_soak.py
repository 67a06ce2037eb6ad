"""The form in lasting use: ten pages edit one file while memory, kernels, open files and the time of edits are watched.

They are tabs of real browsers, since memory may grow in the page as well (ten take about a core and a half and 1 GB).
Each types, picks, downloads, reloads, leaves and returns at random, by its own seed; two stay open throughout.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
from browsing import FLAGS, Server, found_browser
from scipy.stats import theilslopes

from lsstd import load_assessment, load_standard
from lsstd.forms.form_schema import form_schema

NAME = "hlj-base-evaluation"
CLIENTS, STAYING = 10, 2
THINKS_S, SAMPLE_S, PATIENCE_MS = 1.5, 5.0, 60_000
AIMS = {"server": 10.0, "kernel": 10.0}
"""Most memory that an edit may leave behind, in KB, beyond the error of measurement."""
TIMES = """
(() => {
  const times = (window.soakTimes = []);
  let since = null;
  addEventListener("change", () => { since ??= performance.now(); }, true);
  new MutationObserver(() => {
    if (since === null || document.querySelector(".saved")?.dataset.state !== "good") return;
    times.push(performance.now() - since);
    since = null;
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
})();
"""


@dataclass
class Log:
    """What the pages did, and what happened to them."""

    start: float
    edits: Counter[int] = field(default_factory=Counter)  # by client
    did: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)  # what should never happen to a user
    times: list[tuple[float, float]] = field(default_factory=list)  # when, and how many ms an edit took
    expected: dict[str, Any] = field(default_factory=dict)  # by path, what the file must hold in the end


class Client:
    """One page: it alone edits certain rows and facts, so that all that it entered must be in the file in the end."""

    def __init__(self, number: int, page: Any, address: str, log: Log) -> None:
        schema = form_schema(load_standard(NAME))
        rows = [(group["id"], row["id"]) for group in schema["rows"] for row in group["rows"] if row["max"]]
        facts = [(g["id"], f["path"]) for g in schema["facts"] for f in g["fields"] if f["control"] == "number"]
        self.rows, self.facts = rows[number::CLIENTS], facts[number::CLIENTS]
        self.number, self.page, self.address, self.log = number, page, address, log
        self.draw = random.Random(number)

    async def work(self, until: float) -> None:
        """Do one thing after another; failures are counted, and the page is reloaded."""
        acts = {self.pick: 50, self.type: 30, self.remark: 10, self.what_if: 4, self.take: 2}
        acts |= {} if self.number < STAYING else {self.reload: 3, self.leave: 2}
        act: Any = self.open
        while True:
            try:
                await act()
                self.log.did[act.__name__] += 1
            except Exception as error:
                said = await self.page.locator(".saved, [role=alert] pre").all_inner_texts()
                self.log.met[f"{act.__name__}: {str(error).splitlines()[0][:80]} {said}"] += 1
                act = self.open
                await asyncio.sleep(THINKS_S)
                continue
            if act == self.open and self.number < STAYING:  # what is loaded only once does not grow
                act = self.take
                continue
            if time.monotonic() > until:
                return
            await asyncio.sleep(self.draw.expovariate(1 / THINKS_S))
            act = self.draw.choices([*acts], [*acts.values()])[0]

    async def open(self) -> None:
        answer = await self.page.goto(self.address)
        if answer and answer.status == 503:
            raise RuntimeError("told that too many pages are open")
        await self.saved()

    async def saved(self) -> None:
        """Wait until all is saved; accept what is left from last time, and count the questions asked."""
        for _ in range(3):
            await self.page.wait_for_function(
                "document.querySelector('[data-review] button.main, .saved[data-state=good]')", timeout=PATIENCE_MS
            )
            asked = self.page.locator("[data-review]")
            if not await asked.count():
                break
            self.log.did[f"asked about what is {await asked.first.get_attribute('data-review')}"] += 1
            for tick in await asked.first.locator("tbody input").all():
                await tick.check()
            await asked.first.locator("button.main").click()
        times = await self.page.evaluate("soakTimes.splice(0)")
        self.log.times += [(time.monotonic(), each) for each in times]

    async def at(self, step: str, group: str) -> None:
        await self.page.locator(f"[data-step={step}]").click()
        await self.page.locator(f"[data-group={group}]").click()

    def entered(self, path: str, value: Any) -> None:
        self.log.expected[path] = value
        self.log.edits[self.number] += 1

    async def pick(self) -> None:
        group, row = self.draw.choice(self.rows)
        before = self.log.expected.get(f"answers.{row}")
        state = "unmet" if before == "met" else "met"
        await self.at("rows", group)
        self.entered(f"answers.{row}", state)
        await self.page.locator(f"[data-row={row}] input[type=radio][value={state}]").first.check()
        await self.saved()

    async def type(self, ends: bool = True) -> None:
        group, path = self.draw.choice(self.facts)
        value = self.draw.choice([n for n in range(10, 100) if n != self.log.expected.get(path)])
        await self.at("facts", group)
        control = self.page.locator(f"[data-path='{path}'] input[type=text]").first
        await control.fill("")
        self.entered(path, value)
        await control.press_sequentially(str(value), delay=60)
        if ends:
            await control.press("Tab")
            await self.saved()

    async def remark(self) -> None:
        group, row = self.draw.choice(self.rows)
        await self.at("rows", group)
        card = self.page.locator(f"[data-row={row}]")
        note = card.locator("details.proof textarea").last
        if not await note.is_visible():
            await card.locator("details.proof > summary").last.click()
        text = "说明 " * self.draw.randrange(1, 20) + str(self.draw.random())
        self.entered(f"answers.{row}.note", text)
        await note.fill(text)
        await note.press("Tab")
        await self.saved()

    async def what_if(self) -> None:
        await self.page.locator("[data-step=result]").click()
        await self.page.locator(".gaps input").first.check()
        await self.page.locator("main .verdict").nth(1).filter(has_text="若补上").wait_for()

    async def take(self) -> None:
        await self.page.locator("[data-step=take]").click()
        kind = self.draw.choice(["assessment", "workbook", "report"]) if self.log.did["take"] >= STAYING else "report"
        async with self.page.expect_download(timeout=PATIENCE_MS):
            await self.page.locator(f"[data-offer={kind}]").click()

    async def reload(self) -> None:
        """Reload while the last entry is still being typed."""
        await self.type(ends=False)
        await self.page.reload()
        await self.saved()

    async def leave(self) -> None:
        """Leave in the middle of an entry, and return by the browser's button or by the address."""
        await self.type(ends=False)
        await self.page.goto("about:blank")
        await asyncio.sleep(self.draw.uniform(0, 6))
        await (self.page.go_back() if self.draw.random() < 0.5 else self.page.goto(self.address))
        await self.saved()


@dataclass
class Sample:
    """A sample of the processes; memory in KB."""

    seconds: float
    edits: int
    memory: dict[int, int]  # by process, the server first
    threads: int
    files: int
    sockets: int


def look(server: psutil.Process, log: Log) -> Sample:
    memory, threads, files, sockets = {}, 0, 0, 0
    for process in [server, *server.children(recursive=True)]:
        try:
            memory[process.pid] = process.memory_info().rss // 1024
            threads, files = threads + process.num_threads(), files + process.num_fds()
            sockets += len(process.net_connections("all"))
        except psutil.NoSuchProcess:
            memory.pop(process.pid, None)
    return Sample(time.monotonic() - log.start, log.edits.total(), memory, threads, files, sockets)


async def watched(server: psutil.Process, log: Log, samples: list[Sample]) -> None:
    while True:
        samples.append(await asyncio.to_thread(look, server, log))
        await asyncio.sleep(SAMPLE_S)


async def used(server: Server, minutes: float, log: Log, samples: list[Sample]) -> dict[str, float]:
    """Let the clients work; return the final memory of the pages that stayed, and how long kernels took to end."""
    from playwright.async_api import async_playwright

    process, found = psutil.Process(server.process.pid), {}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found_browser(), headless=True, args=FLAGS)
        contexts = [await browser.new_context(locale="zh-CN", accept_downloads=True) for _ in range(2)]
        for context in contexts:
            await context.add_init_script(TIMES)
            context.set_default_timeout(PATIENCE_MS)
            context.on("weberror", lambda error: log.met.update([f"page error: {str(error.error)[:100]}"]))
        found["vanished"] = await vanished(driver, server, process)
        pages = [await contexts[number % 2].new_page() for number in range(CLIENTS)]
        for page in pages:
            page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        clients = [Client(number, page, server.address, log) for number, page in enumerate(pages)]
        watching = asyncio.create_task(watched(process, log, samples))
        await asyncio.gather(*(client.work(log.start + 60 * minutes) for client in clients))
        watching.cancel()
        session = await contexts[0].new_cdp_session(pages[0])
        await session.send("HeapProfiler.collectGarbage")
        found["page MB"] = await pages[0].evaluate("performance.memory.usedJSHeapSize") / 2**20
        for page in pages:
            await page.goto("about:blank")
        start = time.monotonic()
        while [one for one in process.children() if one.pid != found["vanished"]] and time.monotonic() - start < 30:
            await asyncio.sleep(0.2)
        found["kernels gone after s"] = time.monotonic() - start
        await browser.close()
    samples.append(look(process, log))
    return found


async def vanished(driver: Any, server: Server, process: psutil.Process) -> int:
    """Open a page whose browser is then killed; return the process of its kernel."""
    browser = await driver.chromium.launch(executable_path=found_browser(), headless=True, args=FLAGS)
    page = await browser.new_page()
    await page.goto(server.address)
    await page.locator(".saved[data-state=good]").wait_for(timeout=PATIENCE_MS)
    await browser.close()
    return int(process.children()[0].pid)


def growth(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return a robust slope, and half the width of its 95 % interval."""
    times, sizes = zip(*points, strict=True)
    slope, _, low, high = theilslopes(sizes, times)
    return float(slope), float(high - low) / 2


def told_growth(what: str, series: list[list[Sample]], pids: list[int], aim: float) -> None:
    """Print how memory grew, by edits and by hours; of several processes, the median."""
    told = []
    for by in (lambda sample: sample.edits, lambda sample: sample.seconds / 3600):
        found = [growth([(by(s), s.memory[pid]) for s in each]) for each, pid in zip(series, pids, strict=True)]
        told.append(sorted(found)[len(found) // 2])
    (edit, edit_error), (hour, hour_error) = told
    reached = "reached" if edit - edit_error <= aim else "NOT REACHED"
    per_hour = f"{hour:.0f} ± {hour_error:.0f} KB an hour"
    print(f"  {what}: {edit:.2f} ± {edit_error:.2f} KB an edit of all pages (aim: {aim:g}: {reached}), {per_hour}")


def report(log: Log, samples: list[Sample], found: dict[str, float], server: int) -> None:
    """Print what was observed; everything before the first minute, or quarter, counts as warming up."""
    steady = [s for s in samples[:-1] if s.seconds > min(60, samples[-2].seconds / 4)]
    print(f"  {CLIENTS} pages, {samples[-2].seconds / 60:.1f} min: {log.edits.total()} edits; {dict(log.did)}")
    print(f"  what should never happen: {dict(log.met) or 'nothing'}")
    times, middle = sorted(each for _, each in log.times), statistics.median(when for when, _ in log.times)
    early = statistics.median(each for when, each in log.times if when < middle)
    late = statistics.median(each for when, each in log.times if when >= middle)
    slow, most = times[int(0.95 * len(times))], times[-1]
    print(
        f"  an edit until it is saved: median {statistics.median(times):.0f} ms, 95 % {slow:.0f}, most {most:.0f} ms;"
    )
    print(f"    median of the first half {early:.0f}, of the second {late:.0f}")
    lived: dict[int, list[Sample]] = defaultdict(list)
    for sample in steady:
        for pid in sample.memory:
            lived[pid].append(sample)
    told_growth("memory of the server", [lived.pop(server)], [server], AIMS["server"])
    if stayed := [pid for pid, each in lived.items() if len(each) > len(steady) / 2]:
        told_growth(f"of {len(stayed)} kernels that stayed", [lived[pid] for pid in stayed], stayed, AIMS["kernel"])
    counts = [len(s.memory) - 1 for s in steady]
    sizes = [size for s in steady for pid, size in s.memory.items() if pid != server]
    first, last = (each.memory[server] / 1024 for each in (steady[0], steady[-1]))
    print(f"  the server: {first:.0f} → {last:.0f} MB; {len(lived)} kernels, {min(counts)}–{max(counts)} at a time,")
    print(f"    each {statistics.median(sizes) / 1024:.0f} MB, at most {max(sizes) / 1024:.0f}")
    for name in ("threads", "files", "sockets"):
        values = [getattr(s, name) for s in (samples[0], steady[0], steady[-1], samples[-1])]
        print(f"  {name}: {' → '.join(map(str, values))} (start, warm, end, all pages closed)")
    lone = [s.seconds for s in samples if found["vanished"] in s.memory][-1]
    left = len(samples[-1].memory) - 1 - (found["vanished"] in samples[-1].memory)
    print(f"  all pages closed: {left} kernels left after {found['kernels gone after s']:.1f} s")
    print(f"  the kernel of a browser that was killed at the start was there for {lone:.0f} s")
    print(f"  the page that stayed longest holds {found['page MB']:.1f} MB of objects")


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve the app, with a folder for its temporary files that can be inspected."""
    (folder / "t").mkdir()
    with mock.patch.dict("os.environ", TMPDIR=str(folder / "t")):
        server = Server(folder, "lsstd", "app", str(folder / "base.yaml"), "--no-browser", "--port", "0")
    try:
        yield server
    finally:
        server.stop()


def soak(minutes: float) -> None:
    """Ten pages edit one file at the same time; an hour: ``--minutes 60``."""
    if found_browser() is None:
        print("  no browser found")
        return
    with tempfile.TemporaryDirectory(prefix="k") as name:  # a short path: kernels are reached by sockets below it
        folder, samples = Path(name), list[Sample]()
        temporary = folder / "t"
        with served(folder) as server:
            log = Log(time.monotonic())
            found = asyncio.run(used(server, minutes, log, samples))
            report(log, samples, found, server.process.pid)
            running = [path.name for path in temporary.iterdir()]
        left = [path.name for path in temporary.rglob("*")]
        print(f"  temporary files: {len(running)} while the server runs, {len(left)} once it has stopped {left[:9]}")
        kept = load_assessment(folder / "base.yaml")
        lost = [path for path, value in log.expected.items() if held(kept, path) != value]
        print(f"  entries that are not in the file as entered last: {len(lost)} of {len(log.expected)} {lost[:9]}")
        said = Counter(line[:100] for line in server.log.read_text(encoding="utf-8", errors="replace").splitlines()[3:])
        print("  further lines from the server:", *(said.most_common(9) or ["none"]), sep="\n    ")


def held(kept: Any, path: str) -> Any:
    """Return the content of a file at a path of the form."""
    section, key, *aspect = path.split(".")
    entry = getattr(kept, section).get(key)
    if entry is None:
        return None
    return entry.note if aspect else entry.value if section == "facts" else entry.state
