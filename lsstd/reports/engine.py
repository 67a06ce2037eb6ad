"""An engine for papermill: ``papermill --engine lsstd in.ipynb out.ipynb``, or ``engine_name="lsstd"``.

Each notebook is executed in a fresh process that has imported everything already. Outputs are those of papermill's
own engine. What it cannot do as that engine does, another kernel or an option that is unknown here, it leaves to it.
Two things come later than there: logged output and automatic saving wait for a cell's end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger

from lsstd.errors import Problem, ReportError
from lsstd.reports.children import Child, Start, child
from lsstd.reports.zygote import finished
from lsstd.words import Text, clip, same

KERNELS = ("python3", "python")
_FOR_NBCLIENT = (
    *("allow_errors", "allow_error_names", "force_raise_errors", "skip_cells_with_tag"),
    *("record_timing", "coalesce_streams", "store_widget_state"),
)
_WITHOUT_EFFECT = ("input_path", "extra_arguments", "iopub_timeout", "raise_on_iopub_timeout", "resources", "timeout")


@dataclass
class Finish:
    """A last step of a report, taken in its own process: a function that makes files of the executed notebook.

    Attributes
    ----------
    call : str
        ``module:function``; it is given the notebook and `arguments`, and returns a mapping of names to bytes.
    arguments : mapping
        Plain values, as JSON holds them.
    made : dict
        What it made, once the notebook is executed.
    """

    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)


class ForkedEngine(NBClientEngine):  # type: ignore[misc]
    """Executes each notebook in a process of its own, forked from one that has imported everything."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        finish: Finish | None = None,
        start: Start | None = None,
        saved_once: bool = False,
        **options: Any,
    ) -> None:
        """Execute a notebook, as papermill asks its engines to.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
        finish : Finish, optional
            A last step, taken in the notebook's process if all its cells went well.
        start : 'fork' or 'spawn', optional
            How the process is started; where this is left open, forked if the system allows it.
        saved_once : bool
            Write the notebook when it is over, however it went, and not twice for each cell.
        **options
            Those of papermill's own engine. The working folder is ``resources={"metadata": {"path": …}}`` there and
            here; papermill's ``cwd`` moves the whole calling process and so suits no threads.

        Raises
        ------
        CellTimeoutError, DeadKernelError, RuntimeError
            As papermill's own engine does.
        ReportError
            The last step failed.
        """
        if not taken(kernel_name, options):
            super().execute_managed_notebook(nb_man, kernel_name, **options)
            if finish and not nb_man.nb.metadata.papermill.get("exception"):
                finish.made.update(finished(nb_man.nb, finish.call, finish.arguments))
            return
        run = _Run(nb_man, options, finish)
        process = child(start)
        try:
            with _saved_once(nb_man) if saved_once else nullcontext():
                run.begin(process)
                run.follow(process)
        finally:
            process.end()


@contextmanager
def _saved_once(nb_man: Any) -> Iterator[None]:
    """Keep papermill from writing the notebook at every cell's beginning and end."""
    path, nb_man.output_path = nb_man.output_path, None
    try:
        yield
    finally:
        nb_man.output_path = path
        nb_man.save()


def taken(kernel_name: str, options: Mapping[str, Any]) -> bool:
    """Return whether this engine can do what is asked exactly as papermill's own would."""
    own = ("log_output", "stdout_file", "stderr_file", "start_timeout", "execution_timeout")
    known = {*own, *_FOR_NBCLIENT, *_WITHOUT_EFFECT}
    logging = all(str(argument).startswith("--log-level") for argument in options.get("extra_arguments") or ())
    return kernel_name in KERNELS and logging and options.keys() <= known


class _Run:
    """One execution of a notebook, followed from outside."""

    def __init__(self, nb_man: Any, options: Mapping[str, Any], finish: Finish | None) -> None:
        self.nb_man, self.finish, self.options = nb_man, finish, options
        self.timeout = options.get("execution_timeout") or options.get("timeout") or None
        if self.timeout is not None and self.timeout < 0:
            self.timeout = None
        files = {name: options.get(name) for name in ("stdout_file", "stderr_file")}
        self.log = SimpleNamespace(log=logger, log_output=options.get("log_output", False), **files)
        self.cell: int | None = None

    def begin(self, process: Child) -> None:
        """Hand the notebook over."""
        path = ((self.options.get("resources") or {}).get("metadata") or {}).get("path")
        process.send(
            {
                "notebook": self.nb_man.nb,
                "folder": os.path.abspath(path or os.curdir),  # noqa: PTH100
                "environment": dict(os.environ),
                "options": {key: self.options[key] for key in _FOR_NBCLIENT if key in self.options},
                "finish": self.finish and {"call": self.finish.call, "arguments": dict(self.finish.arguments)},
            }
        )
        try:
            while process.receive(self.options.get("start_timeout"))[0]["now"] != "ready":
                continue
        except (TimeoutError, EOFError):
            raise RuntimeError("Kernel didn't respond: the process of a report could not be started") from None

    def follow(self, process: Child) -> None:
        """Write down what the child tells until it is done."""
        while True:
            try:
                message, files = process.receive(self.timeout)
            except TimeoutError:
                raise self.timed_out() from None
            except EOFError:
                self.cell_over()
                raise DeadKernelError("Kernel died") from None
            now = message.pop("now")
            if now == "done":
                if self.finish:
                    self.finish.made.update(files)
                return
            getattr(self, now)(**message)

    def started(self, cell: int) -> None:
        """Write down that a cell has begun."""
        self.cell = cell
        self.nb_man.cell_start(self.nb_man.nb.cells[cell], cell)

    def ended(self, cells: Mapping[str, Any], failed: bool) -> None:
        """Write down what a cell has put out, and what it has changed in earlier ones."""
        for index, told in cells.items():
            cell = self.nb_man.nb.cells[int(index)]
            if cell.cell_type == "code":
                cell.outputs = nbformat.from_dict(told["outputs"])
                cell.execution_count = told["execution_count"]
                if "execution" in told["metadata"]:
                    cell.metadata["execution"] = nbformat.from_dict(told["metadata"]["execution"])
        self.log_outputs()
        if failed:
            self.nb_man.cell_exception(self.nb_man.nb.cells[self.cell], cell_index=self.cell)
        self.cell_over()

    def log_outputs(self) -> None:
        """Log what the cell has put out, where that was asked for."""
        if any((self.log.log_output, self.log.stdout_file, self.log.stderr_file)):
            for output in self.nb_man.nb.cells[self.cell].get("outputs", ()):
                PapermillNotebookClient.log_output_message(self.log, output)

    def cell_over(self) -> None:
        """Write down that the cell is over, however it went."""
        if self.cell is not None:
            self.nb_man.cell_complete(self.nb_man.nb.cells[self.cell], cell_index=self.cell)
            self.cell = None

    def executed(self, metadata: Mapping[str, Any]) -> None:
        """Write down what the notebook as a whole has been given."""
        self.nb_man.nb.metadata.update(nbformat.from_dict(metadata))

    def broken(self, told: str) -> None:
        """Tell that the last step failed, or, against all expectation, the execution itself."""
        if self.cell is not None:
            self.cell_over()
            raise DeadKernelError(f"Kernel died: {told}")
        found = same(clip(told.strip().splitlines()[-1], 400))
        raise self.unfinished(found)

    def unfinished(self, found: Text) -> ReportError:
        where = self.finish.call if self.finish else "notebook"
        expected = Text("能完成的最后一步", "a last step that runs to its end")
        return ReportError(Text("报告未能生成", "the report could not be made"), [Problem(where, found, expected)])

    def timed_out(self) -> Exception:
        """Return the error for what took longer than is allowed."""
        if self.cell is None:
            return self.unfinished(Text(f"用时超过 {self.timeout} 秒", f"took longer than {self.timeout} s"))
        cell = self.nb_man.nb.cells[self.cell]
        logger.error(f"Timeout waiting for execute reply ({self.timeout}s).")
        self.cell_over()
        error: Exception = CellTimeoutError.error_from_timeout_and_cell(
            "Cell execution timed out", int(self.timeout or 0), cell
        )
        return error


papermill_engines.register("lsstd", ForkedEngine)
