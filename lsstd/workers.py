"""Many independent tasks, run in this process, in others, or wherever an executor runs them.

A worker that dies costs only its own task, which is retried once; Ctrl-C waits for running tasks.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.words import msg, same

Task = TypeVar("Task")
Found = TypeVar("Found")
_Lost: TypeAlias = tuple[Task, BaseException]
if TYPE_CHECKING:
    from distributed import Client

    Workers: TypeAlias = Executor | Client
else:  # Dask is loaded only if it is used
    Workers = Executor
"""Where tasks may run: a pool of processes, a cluster's client, or any other executor."""
FEW = 64
"""Most work, in pages of HTML, that is done in this process: starting others would take as long."""
IN_FLIGHT = 256
"""Most tasks that an executor holds at a time: enough for its workers, few enough for the memory of their results."""
_PATIENCE_S = 5


def run(
    tasks: Iterable[Task],
    work: Callable[[Task], Found],
    note: Callable[[Task, Found | BaseException], None],
    effort: Callable[[Task], int],
    width: int = 1,
    executor: Workers | None = None,
) -> None:
    """Run tasks, drawn one by one as there is room for them, and call `note` in this process with each outcome.

    `work` is a function at module level that returns, not raises, whatever goes wrong in it. `effort` is the work of a
    task, in pages of HTML; `width` is the number of processes if no executor is given.

    A worker that dies breaks the whole pool, and it is unknown which task killed it. So the tasks that were running are
    retried, each alone in a fresh pool, where only the task itself can be the cause. The rest go on in a new pool.

    Raises `ReportError`: the executor accepts no more tasks.
    """
    waiting = iter(tasks)
    with _Interrupt() as interrupt:
        floor = _Floor(work, note, interrupt)
        if executor is not None:
            given = executor_of(executor)
            lost, is_broken = floor.run_in(given, waiting, IN_FLIGHT)
            if not is_broken:
                floor.try_again(lost, lambda: iter([given]))
                return
            floor.try_again(lost, _fresh_pools)
            width = max(width, getattr(given, "_max_workers", 1))
        first, total = list[Task](), 0
        while (total <= FEW or len(first) < 2) and (task := next(waiting, None)) is not None:
            first.append(task)
            total += effort(task)
        waiting = chain(first, waiting)
        if executor is None and (width < 2 or len(first) < 2 or total <= FEW):
            for task in waiting:
                if interrupt.came:
                    return
                note(task, work(task))
            return
        is_broken = True
        while is_broken and not interrupt.came:
            with _pool(width) as pool:
                lost, is_broken = floor.run_in(pool, waiting, 2 * width)
            floor.try_again(lost, _fresh_pools)


class _Floor(Generic[Task, Found]):
    """Hands tasks to executors, and notes the results."""

    def __init__(
        self, work: Callable[[Task], Found], note: Callable[[Task, Found | BaseException], None], interrupt: _Interrupt
    ) -> None:
        self.work, self.note, self.interrupt = work, note, interrupt

    def run_in(self, executor: Executor, waiting: Iterator[Task], most: int) -> tuple[list[_Lost[Task]], bool]:
        """Run tasks, `most` at a time, until none are left or the executor breaks.

        Return the lost tasks, each with the reason, and whether the executor is broken.
        """
        running: dict[Future[Found], Task] = {}
        lost: list[_Lost[Task]] = []
        end: BaseException | None = None
        while True:
            while end is None and not self.interrupt.came and len(running) < most:
                if (task := next(waiting, None)) is None:
                    break
                try:
                    with deaf_to_interrupts():
                        running[executor.submit(self.work, task)] = task
                except Exception as error:  # broken between two tasks, shut down, or its cluster is gone
                    end = error
                    lost.append((task, error))
            if not running:
                break
            for future in _ended(executor, running):
                task = running.pop(future)
                if (failure := _failure(future)) is None:
                    self.note(task, future.result())
                else:
                    lost.append((task, failure))
                    end = failure if isinstance(failure, BrokenExecutor) else end
            if self.interrupt.came:
                running = {future: task for future, task in running.items() if not future.cancel()}
        if end is not None and not isinstance(end, BrokenExecutor):
            raise _gone(end)
        return lost, end is not None

    def try_again(self, lost: Iterable[_Lost[Task]], executors: Callable[[], Iterator[Executor]]) -> None:
        """Retry lost tasks while no others run, each on these executors until one succeeds; else note why it failed."""
        for task, error in lost:
            left = [(task, error)]
            for executor in executors():
                if self.interrupt.came:
                    return
                left, _ = self.run_in(executor, iter([task]), 1)
                if not left:
                    break
            else:
                self.note(*left[0])


def in_order(executor: Executor, work: Callable[[Task], Found], tasks: Iterable[Task]) -> Iterator[Found]:
    """Yield the results of tasks, in order, with twice as many in progress as there are workers.

    Raises `LsstdError`: the workers were lost, however often the executor itself tried again.
    """
    client: Any = getattr(executor, "_client", None)  # of Dask's executor
    width = sum(client.nthreads().values()) if client is not None else getattr(executor, "_max_workers", 1)
    left, running = iter(tasks), deque[Future[Found]]()
    try:
        running.extend(executor.submit(work, task) for task in islice(left, 2 * max(1, width)))
        while running:
            found = running.popleft().result()
            running.extend(executor.submit(work, task) for task in islice(left, 1))
            yield found
    except _losses() as error:
        reason = same(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".removesuffix(": "))
        expected = msg("workers with more memory, or smaller parts")
        raise LsstdError(msg("the workers were lost"), [Problem("executor", reason, expected)]) from None
    finally:
        for future in running:
            future.cancel()


def _losses() -> tuple[type[BaseException], ...]:
    """Return what executors raise when their workers are lost; Dask's errors only if Dask is loaded."""
    if "distributed" not in sys.modules:
        return BrokenExecutor, CancelledError
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    return BrokenExecutor, CancelledError, KilledWorker, FutureCancelledError, CommClosedError


def _failure(future: Future[Any]) -> BaseException | None:
    """Return why a task was lost, if it was; one lost with its cluster is still pending."""
    return future.exception() if future.done() and not future.cancelled() else ConnectionError("lost with its worker")


def _ended(executor: Executor, running: Iterable[Future[Found]]) -> Iterable[Future[Found]]:
    """Wait until tasks end and return those; return all once a cluster is gone, as it leaves some pending for ever."""
    client: Any = getattr(executor, "_client", None)  # of Dask's executor
    while True:
        done = wait(running, _PATIENCE_S if client is not None else None, FIRST_COMPLETED).done
        if done:
            return done
        if getattr(client, "status", "") == "closed":
            return list(running)


def _gone(error: BaseException) -> ReportError:
    problem = Problem("executor", same(f"{type(error).__name__}: {error}"), msg("a running pool or cluster"))
    return ReportError(msg("the executor accepts no more work; what is done is kept for the next run"), [problem])


def executor_of(given: Workers) -> Executor:
    """Return an executor; for a Dask client, its own."""
    if isinstance(given, Executor):
        return given
    if (status := getattr(given, "status", "running")) != "running":  # its tasks would never end
        raise _gone(ConnectionError(f"{type(given).__name__} ({status})"))
    if hasattr(given, "get_executor"):
        found: Executor = given.get_executor(pure=False)  # a repeated task must run again
        return found
    raise _gone(TypeError(type(given).__name__))


class _Interrupt:
    """Handles Ctrl-C by waiting until running tasks are done and noted; a second Ctrl-C interrupts at once."""

    came = False

    def __enter__(self) -> _Interrupt:
        self._is_main = threading.current_thread() is threading.main_thread()
        self._before = signal.signal(signal.SIGINT, self._note) if self._is_main else None
        return self

    def _note(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def __exit__(self, *_: object) -> None:
        if self._is_main:
            signal.signal(signal.SIGINT, self._before)
        if self.came:
            raise KeyboardInterrupt


def _pool(width: int) -> ProcessPoolExecutor:
    """Return worker processes, spawned: a fork would copy locks that other threads hold."""
    return ProcessPoolExecutor(width, get_context("spawn"), _end_with_parent)


def _end_with_parent() -> None:
    """Make a worker ignore Ctrl-C, which is its parent's to answer, and end with a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _fresh_pools() -> Iterator[Executor]:
    """Yield two pools of one process each: a task lost with others may fail once alone before it counts as failed."""
    for _ in range(2):
        with _pool(1) as pool:
            yield pool


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Make processes that are started within the block ignore Ctrl-C from the beginning."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
