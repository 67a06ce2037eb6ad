"""Setting up: run.py, the pins, conda's file and the wheel agree with each other and work on their own."""

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import other_pythons
import pytest
import release
import suites
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lsstd.errors import FileError
from lsstd.files.strict_yaml import read_text
from lsstd.widgets.web_page import PARTS
from lsstd.words import msg

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
RUN_PY = (ROOT / "run.py").read_text(encoding="utf-8")
FOLDER = "带空格 的文件夹"  # a space and Chinese characters

_spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
assert _spec is not None
assert _spec.loader is not None
run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(run)


def python(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python elsewhere, without what points to this checkout."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, *arguments]
    clean |= {"PYTHONUTF8": "1", **env}
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, encoding="utf-8", check=False, timeout=120)


# --- the pins ---


# The pins name no place to download from, so that everyone's own index or mirror serves.
def test_constraints_hold_no_address() -> None:
    assert "://" not in CONSTRAINTS
    assert "--" not in CONSTRAINTS


# Whatever the project or one of its extras asks for is pinned, at a version that it allows.
def test_every_dependency_is_pinned_as_allowed() -> None:
    pins: dict[str, list[str]] = {}
    for line in CONSTRAINTS.splitlines():
        pin = Requirement(line)
        pins.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    for text in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        wanted = Requirement(text)
        found = pins.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not pinned"
        assert all(wanted.specifier.contains(version) for version in found), f"{wanted}: pinned {found}"


def needed(requirements: list[str]) -> dict[str, str]:
    """Return the version installed here of everything that requirements ask for, directly or through others."""
    found: dict[str, str] = {}
    asked = {(Requirement(text), "") for text in requirements}
    seen: set[tuple[Requirement, str]] = set()
    while asked:
        seen |= asked
        wanted = [each for each, extra in asked if not each.marker or each.marker.evaluate({"extra": extra})]
        found |= {canonicalize_name(each.name): metadata.version(each.name) for each in wanted}
        inner = {
            (Requirement(text), extra)
            for each in wanted
            for text in metadata.requires(each.name) or ()
            for extra in ("", *each.extras)
        }
        asked = inner - seen
    return found


# The page that carries its own Python has the releases that an installation has, so that both compute the same.
def test_the_page_carries_what_is_pinned() -> None:
    wheels = [name.split("-")[:2] for name in PARTS if name.endswith(".whl")]
    assert len(wheels) > 8
    assert {f"{canonicalize_name(name)}=={version}" for name, version in wheels} <= set(CONSTRAINTS.split())


# Whatever is installed here because the tests need it, at whatever remove, is pinned for this Python, at that version.
def test_everything_installed_is_pinned() -> None:
    pins = [Requirement(line) for line in CONSTRAINTS.splitlines()]
    here = {canonicalize_name(pin.name): str(pin.specifier) for pin in pins if not pin.marker or pin.marker.evaluate()}
    installed = needed(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])
    assert len(installed) > 100
    assert {name: here.get(name) for name in installed} == {name: f"=={found}" for name, found in installed.items()}


# Conda users get a Python that the project allows, the same pins and the project itself.
def test_environment_yml_agrees() -> None:
    *from_conda, from_pip = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (wanted,) = [text for text in from_conda if text.startswith("python ")]
    offered, allowed = SpecifierSet(wanted.removeprefix("python ")), SpecifierSet(PROJECT["requires-python"])
    versions = [f"3.{minor}" for minor in range(40) if offered.contains(f"3.{minor}")]
    assert versions
    assert all(allowed.contains(version) for version in versions)
    assert from_pip["pip"] == ["-c constraints.txt", "-e .[test]"]


# The version that one is asked to cite is the version of the package.
def test_citation_names_the_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cited["version"], cited["license"]) == (PROJECT["version"], PROJECT["license"])


# The defaults set for JupyterLab are settings that the pinned JupyterLab has, with values that it accepts.
def test_lab_overrides_fit_jupyterlab() -> None:
    overrides = json.loads((ROOT / "lsstd/pages/lab_overrides.json").read_text(encoding="utf-8"))
    for plugin, settings in overrides.items():
        package, name = plugin.split(":")
        schema_file = Path(sys.prefix, "share/jupyter/lab/schemas", package, f"{name}.json")
        properties = json.loads(schema_file.read_text(encoding="utf-8"))["properties"]
        for key, value in settings.items():
            jsonschema.validate(value, properties[key])


# --- run.py ---


# run.py needs nothing but Python.
def test_run_imports_only_the_standard_library() -> None:
    imports = [node for node in ast.walk(ast.parse(RUN_PY)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name.split(".")[0]
        for node in imports
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert names <= sys.stdlib_module_names - {"__future__"}  # no __future__: 3.6 lacks `annotations`


# A Python as old as 3.6 can still read run.py, and so say that it is too old.
def test_run_is_readable_by_an_old_python() -> None:
    ast.parse(RUN_PY, feature_version=(3, 6))


# A Python too old or too new is told: what was found, what is needed. The bounds are those of the project.
def test_a_wrong_python_is_told_clearly() -> None:
    allowed = SpecifierSet(PROJECT["requires-python"])
    for version in [(2, 7), (3, 6), (3, 10), (3, 11), (3, 12), (3, 14), (3, 15), (4, 0)]:
        problem, name = run.version_problem((*version, 1, "final", 0)), f"{version[0]}.{version[1]}"
        assert (problem is None) == allowed.contains(f"{name}.1"), name
        for message in problem or ():
            assert name in message
            assert "3.11" in message
            assert "3.15" in message


# The further Pythons checked are those that the project allows: of each minor version the newest, the last of them in
# full, and the system's own where it is another than the main one; one that does not run is passed over.
def test_the_further_pythons_are_chosen(tmp_path: Path) -> None:
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert list(other_pythons.SUPPORTED) == [minor for minor in range(40) if allowed.contains(f"3.{minor}")]

    def python(text: str, path: Path = tmp_path) -> other_pythons.Interpreter:
        return other_pythons.Interpreter(tuple(map(int, text.split("."))), path, f"{path}/{text}")

    main, system = python("3.12.1"), python("3.12.4", other_pythons.SYSTEM)
    old, new, further = python("3.13.0"), python("3.13.2"), python("3.11.9")
    found = [main, system, new, old, further, python("3.10.1"), python("3.15.0")]
    full, brief = [[], ["test", "--quick"]], [[]]
    assert other_pythons.others(found, main) == {new: full, further: brief, system: brief}
    assert other_pythons.others(found, system) == {new: full, further: brief}
    assert other_pythons.asked(Path(sys.executable))
    assert other_pythons.asked(tmp_path / "python3.13") is None


# The quick run is mypy and the tests of the subset, which are there; whatever follows --quick goes to pytest.
def test_the_quick_run_is_a_subset(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(suites, "run", lambda module, _: calls.append(module) or (True, "", 0.0))
    monkeypatch.setattr(suites.subprocess, "call", lambda command, **_: calls.append(command[2:]) or 0)
    assert suites.main(["--quick", "-x"]) == 0
    assert sorted(calls) == [["mypy"], ["pytest", *suites.TWO_WORKERS, *suites.QUICK, "-x"]]
    assert all((ROOT / folder).is_dir() for folder in suites.QUICK)


# The output of suites run beside pytest is shown unchanged; a suite that hangs is killed and run again, visibly.
def test_a_suite_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    running: set[Any] = set()
    passed, printed, _ = suites.run(["this"], running)
    assert (passed, "Zen" in printed) == (True, True)
    assert not suites.run(["no_such_module"], running)[0]
    monkeypatch.setattr(suites, "LIMIT", 0.5)
    passed, printed, _ = suites.run(["http.server", "0", "--bind", "127.0.0.1"], running)
    assert (passed, printed.count("HUNG"), running) == (False, 2, set())


# A job that does not exist is answered with the usage and status 2, before anything is installed.
def test_an_unknown_job_is_wrong_usage(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    shutil.copy(ROOT / "run.py", folder)
    answer = python("run.py", "nonsense", cwd=folder)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert all(job in answer.stderr for job in run.JOBS)
    assert [path.name for path in folder.iterdir()] == ["run.py"]


# An environment is complete only with a stamp, and only while pins, project, folder and Python stay the same.
def test_an_environment_without_a_fitting_stamp_is_incomplete(tmp_path: Path) -> None:
    root, interpreter = tmp_path / FOLDER, Path(sys.executable)
    root.mkdir()
    stamp = root / "stamp"
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root)
    assert not run.is_complete(root, interpreter, stamp)
    stamp.write_text(run.fingerprint(root, run.environment_version(interpreter)))
    assert run.is_complete(root, interpreter, stamp)
    assert not run.is_complete(root, root / "no-python", stamp)
    moved = root.rename(tmp_path / "moved")
    assert not run.is_complete(moved, interpreter, moved / "stamp")
    moved.rename(root)
    for name in ("pyproject.toml", "constraints.txt"):
        before = (root / name).read_bytes()
        (root / name).write_bytes(before + b"\n# changed\n")
        assert not run.is_complete(root, interpreter, stamp), name
        (root / name).write_bytes(before)
    assert run.is_complete(root, interpreter, stamp)


# Where Python cannot make environments (Debian without python3-venv), run.py says what to install, no more.
def test_a_python_without_ensurepip_is_told_clearly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(run.SetupError) as error:
        run.install(tmp_path / "stamp")
    assert all("apt install python3-venv" in message for message in error.value.args)
    assert not list(tmp_path.iterdir())
    assert not capsys.readouterr().out


# Where pip fails, its last words are shown, then what may help; no address is named.
def test_a_failing_pip_is_told_clearly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)  # nothing to install here
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
    with pytest.raises(run.SetupError) as error:
        run.pip_install()
    assert "constraints.txt" in capsys.readouterr().err
    for message in error.value.args:
        assert "pip config set global.index-url" in message
        assert not re.search(r"://|\w\.(com|cn|org)", message)


# --- the wheel ---


# A build has PyYAML but not pydantic: the reader that turns the standards into JSON must not need it.
def test_the_strict_reader_needs_only_pyyaml() -> None:
    code = "import sys, lsstd.files.strict_yaml; sys.exit('pydantic' in sys.modules)"
    assert python("-c", code, cwd=ROOT).returncode == 0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and installed into a folder with a space and Chinese characters in its name."""
    folder = tmp_path_factory.mktemp("wheel")
    built = python("-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "-w", "built", cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "built").glob("*.whl")
    done = python("-m", "pip", "install", "--no-deps", "--target", str(folder / FOLDER), str(wheel), cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / FOLDER


# The installed wheel alone, used from another folder, lists the standards and scores an example.
@pytest.mark.slow
def test_the_wheel_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    where = python("-c", "import lsstd; print(lsstd.__file__)", cwd=tmp_path, PYTHONPATH=str(installed))
    assert Path(where.stdout.strip()).is_relative_to(installed)
    example = installed / "lsstd/share/data/assessments/near_aaa.yaml"
    for arguments in (["standards"], ["assess", str(example)]):
        answer = python("-m", "lsstd", *arguments, cwd=tmp_path, PYTHONPATH=str(installed))
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout


# Each standard travels twice, and its JSON holds exactly what its YAML holds, with the YAML file's hash.
@pytest.mark.slow
def test_the_wheel_holds_the_standards_as_json(installed: Path) -> None:
    sources = sorted((ROOT / "lsstd" / "standards").glob("*.yaml"))
    assert sources
    for source in sources:
        content = json.loads((installed / f"lsstd/standards/{source.stem}.json").read_text(encoding="utf-8"))
        assert content["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        assert content["standard"] == read_text(source.read_text(encoding="utf-8-sig"), source.name)
        assert (installed / f"lsstd/standards/{source.name}").read_bytes() == source.read_bytes()


# The form's module, its style and its page travel with the widget.
@pytest.mark.slow
def test_the_wheel_holds_the_form(installed: Path) -> None:
    page = "voila/voila/templates/lsstd"
    for name in (
        "form.js",
        "form.css",
        "page.js",
        "page_worker.js",
        "page_parts.txt",
        f"{page}/index.html.j2",
        f"{page}/conf.json",
    ):
        assert (installed / "lsstd/widgets" / name).is_file(), name


# Notebooks and data travel too, without what Jupyter leaves beside them.
@pytest.mark.slow
def test_the_wheel_holds_notebooks_and_data(installed: Path) -> None:
    share = installed / "lsstd/share"
    found = {path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_file()}
    assert {"notebooks/00_start.ipynb", "data/assessments/near_aaa.yaml"} <= found
    assert not [name for name in found if "/." in name]


# A release that cannot be built is told in words, and the one before it stays.
def test_a_release_that_cannot_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: Path) -> None:
        raise FileError(msg("the page cannot be built"))

    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "kept").touch()
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "build", refused)
    for arguments, status in (([], 1), (["--what"], 2)):
        monkeypatch.setattr("sys.argv", ["release.py", *arguments])
        assert release.main() == status
    assert "the page cannot be built" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "dist").iterdir()] == ["kept"]
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]
