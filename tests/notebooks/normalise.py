"""Re-execute notebooks and write them in one form: the only way their outputs are written.

``python run.py notebooks [--check] [NOTEBOOK…]`` (default: all under ``notebooks/``). What a run leaves that
says nothing of the results (cell ids, timings, widget models) is fixed or dropped: two runs, the same bytes.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parents[2]
CELL_LIMIT, NOTEBOOK_LIMIT = 120, 300  # seconds
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


FORM = "（交互控件：运行本格后显示 · an interactive form: run this cell to see it）"


def all_notebooks(root: Path = ROOT) -> list[Path]:
    """List the committed notebooks, report templates included."""
    found = sorted((root / "notebooks").rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def execute(notebook: Any, folder: Path) -> None:
    """Run all cells in a fresh kernel in the notebook's folder, and once more where the client hangs."""
    for last_try in (False, True):
        client = NotebookClient(
            notebook,
            timeout=CELL_LIMIT,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
        )
        try:
            asyncio.run(asyncio.wait_for(client.async_execute(), NOTEBOOK_LIMIT))
            return
        except (TimeoutError, DeadKernelError):  # a client that is stopped reports a dead kernel
            if last_try:
                raise
            print("  HUNG, or its kernel died; running it once more", flush=True)


def normalised(notebook: Any) -> str:
    """Return the one text form of a notebook; the notebook itself stays as it is."""
    clean = nbformat.from_dict(notebook)
    clean.nbformat, clean.nbformat_minor = 4, 5
    title = {"title": clean.metadata["title"]} if "title" in clean.metadata else {}
    clean.metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}, **title}
    count = 0
    for number, cell in enumerate(clean.cells):
        cell.id = f"cell-{number:02}"
        cell.metadata = {key: cell.metadata[key] for key in ("jupyter", "tags") if key in cell.metadata}
        if cell.cell_type == "code":
            if cell.execution_count is not None:
                count += 1
                cell.execution_count = count
            cell.outputs = [clean_output(output, cell.execution_count) for output in cell.outputs]
    return cast(str, nbformat.writes(clean, version=4)).rstrip("\n") + "\n"


def clean_output(output: Any, count: int | None) -> Any:
    """Number a result like its cell; put a note for a reader in place of a live widget, whose model is not saved."""
    if output.output_type == "execute_result":
        output.execution_count = count
    if WIDGET_VIEW in output.get("data", {}):
        output.data = {"text/plain": FORM}
    for kind in [kind for kind in output.get("data", {}) if kind.startswith("application/vnd.lsstd.")]:
        del output.data[kind]  # what reports are made from; a reader sees the HTML
    return output


def renew(path: Path) -> bool:
    """Re-execute and write one notebook; where a cell fails, say which and leave the file alone."""
    print(path.name, flush=True)
    notebook = nbformat.read(path, as_version=4)
    try:
        execute(notebook, path.parent)
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        print(f"  FAILED, left as it was: {error}", flush=True)
        return False
    path.write_text(normalised(notebook), encoding="utf-8", newline="\n")
    return True


def is_normalised(path: Path) -> bool:
    """Tell whether a notebook's file is what `normalised` would write."""
    return path.read_bytes() == normalised(nbformat.read(path, as_version=4)).encode("utf-8")


def main(arguments: list[str]) -> int:
    """Renew notebooks, or with ``--check`` list those that are not normalised; 1 if any fails."""
    parser = argparse.ArgumentParser(description="re-execute and normalise notebooks")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all under notebooks/")
    parser.add_argument("--check", action="store_true", help="run nothing; list those not normalised")
    options = parser.parse_args(arguments)
    passes = is_normalised if options.check else renew
    failed = [path for path in options.notebooks or all_notebooks() if not passes(path)]
    for path in failed:
        print(f"{path}: {'not normalised: run python run.py notebooks' if options.check else 'failed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
