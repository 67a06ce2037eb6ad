"""What a release consists of, built into ``dist/``: the job ``python run.py release``.

The package, its sources, a page for each standard, and samples, with their checksums. Nothing in them tells when they
were built, so that two runs give the same bytes (``SOURCE_DATE_EPOCH`` names the time where a format asks for one).
"""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lsstd import __version__, example, load_standard
from lsstd.errors import LsstdError
from lsstd.files.cases import evaluate_file
from lsstd.files.standards import own_names
from lsstd.office.application_form import write_application
from lsstd.office.self_score_writer import write_workbook
from lsstd.reports.report_types import read_base, render_basis
from lsstd.widgets.web_page import write_page

ROOT = Path(__file__).resolve().parent.parent
EPOCH = "1671840000"  # 2022-12-24, the day on which the Heilongjiang standard came into force
SAMPLE = "near_aaa"


def build(folder: Path) -> None:
    """Build every file of a release into a folder."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", EPOCH)}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    for name in own_names():
        write_page(load_standard(name), folder / f"{name}-{__version__}.html")
    (folder / f"lsstd-samples-{__version__}.zip").write_bytes(packed(dict(samples())))
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir()))
    (folder / "SHA256SUMS.txt").write_text("".join(sums), encoding="utf-8")


def samples() -> Iterator[tuple[str, bytes]]:
    """Yield what a base gets to see before it begins: a made-up assessment, and what comes of it."""
    file = example(SAMPLE)
    result = evaluate_file(file)
    yield file.name, file.read_bytes()
    yield f"{SAMPLE}.html", render_basis(read_base(str(file)), "zh", "html")
    with tempfile.TemporaryDirectory() as folder:
        workbook, form = Path(folder) / f"{SAMPLE}.xlsx", Path(folder) / f"{SAMPLE}.docx"
        write_workbook(result.standard, workbook, result.assessment, "zh")
        write_application(result, form)
        for path in (workbook, form):
            yield path.name, path.read_bytes()


def packed(files: dict[str, bytes]) -> bytes:
    """Return files as a zip archive without the time of its making."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main() -> int:
    """Build into ``dist/``, which then holds one release and nothing else."""
    target = ROOT / "dist"
    if sys.argv[1:]:
        print("release: no arguments", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory(dir=ROOT) as scratch:
            (made := Path(scratch) / "dist").mkdir()
            build(made)
            if target.exists():
                shutil.rmtree(target)
            made.rename(target)
    except (LsstdError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print((target / "SHA256SUMS.txt").read_text(encoding="utf-8"), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
