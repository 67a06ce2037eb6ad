"""The shape of the package: one direction, a pure core, cheap to import, small rooms."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lsstd
from lsstd import evaluate, example, explain, load_assessment, load_standard
from lsstd.engine.verdict import verdict
from lsstd.files.reading import read_plain

PACKAGE = Path(lsstd.__file__).parent
# The walk. Each room may import the rooms to its left; plots and pages know results, never files.
ROOMS = (
    *(
        "words",
        "numerals",
        "errors",
        "exact",
        "standard",
        "assessment",
        "engine",
        "changes",
        "files",
        "workers",
        "arguments",
        "population",
        "robustness",
        "planning",
        "lint",
    ),
    *("office", "panel", "forms", "pages", "reports", "widgets", "cli"),
)
# What also runs in a bare Python with pydantic alone, such as that of a web page.
PURE = ("words", "numerals", "errors", "exact", "standard", "assessment", "engine", "changes", "forms")
NOT_FOR = {"pages": {"files"}}
# Lines of Python in each room; "" stands for the modules beside the rooms.
BUDGETS = {
    "standard": 2395,
    "assessment": 595,
    "engine": 3600,
    "changes": 1845,
    "files": 2485,
    "population": 4315,
    "robustness": 3455,
    "planning": 5435,
    "lint": 1880,
    "panel": 2345,
    "office": 2280,
    "forms": 1005,
    "pages": 4930,
    "reports": 3605,
    "widgets": 1015,
    "cli": 2635,
    "": 1120,
}
TOTAL_BUDGET = 44_908
# Names that stand twice, as the file of a standard and a page both call them.
SAME_CLASS_NAMES = {
    "Figure": 2,  # a number as the document gives it (standard), a drawing (pages)
    "Table": 2,  # bands of a standard's further table (standard), a table of a page (pages)
}
SPELLED = re.compile(r"(type\(.+\)|__class__)\.__(qual)?name__")
HEAVY = ("numpy", "pandas", "matplotlib", "pydantic", "click", "yaml", "IPython", "papermill", "jupyter_client")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__main__.py",))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Yield each module that is imported, with the function in which it is ("" at the top of the module)."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", inside
        yield from imports(node, inside)


def own_imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the rooms that a module imports from, each with the function in which it does."""
    for name, function in imports(parsed(path)):
        top, _, rest = name.partition(".")
        if top == "lsstd" and rest:  # `import lsstd` alone, for the version, loads nothing
            yield rest.split(".")[0], function


# Every room has its place in the walk; a new one must be given its place here.
def test_every_room_has_its_place() -> None:
    assert {room_of(path) for path in modules()} - {"__init__"} <= set(ROOMS)


# The walk goes one way, in the order of the rooms; no room imports one to its right.
def test_imports_go_one_way() -> None:
    for path in (path for path in modules() if room_of(path) in ROOMS):
        check_imports(path, room_of(path))


def check_imports(path: Path, room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1]} - NOT_FOR.get(room, set())
    backwards = [(other, function) for other, function in own_imports(path) if other not in allowed]
    # The one named door: a result, asked for its table or plot, sends for the room that draws it.
    doors = [("pages", name) for name in ("plot", "plot_weights", "plot_schedule", "_repr_html_")]
    rooms = ("standard", "engine", "changes", "population", "robustness", "planning", "panel")
    found = [found for found in backwards if found not in doors or room not in rooms]
    assert [other for other in found if other != ("engine", "maximum")] == [], path


def allowed_distributions(name: str) -> set[str]:
    """Return what a distribution needs, itself included, as importable names."""
    found = {name.replace("-", "_")}
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found |= allowed_distributions(requirement.name)
    return found


# What the package imports is declared: a dependency of a dependency may leave with any release.
def test_what_is_imported_is_declared() -> None:
    homes = metadata.packages_distributions()
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["pdf"], *extras["parquet"], *extras["dask"]]
    declared = {canonicalize_name(Requirement(line).name) for line in lines} | {"lsstd", "pydantic-core"}
    trees = map(parsed, modules())
    imported = {name.partition(".")[0] for tree in trees for name, _ in imports(tree)} & homes.keys()
    assert {"pandas", "docx"} < imported
    assert [name for name in sorted(imported) if not declared.intersection(map(canonicalize_name, homes[name]))] == []


IN_A_BARE_PYTHON = """
import importlib.abc, json, sys

given = json.load(sys.stdin)
rooms = {"lsstd", *(f"lsstd.{room}" for room in given["pure"])}

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        known = top in (*sys.stdlib_module_names, *given["allowed"]) or top.startswith("_sysconfigdata")
        if not known and ".".join(name.split(".")[:2]) not in rooms:
            raise ModuleNotFoundError(f"blocked: {name}")
        return None

sys.meta_path.insert(0, Blocked())
for name in ("yaml", "numpy", "lsstd.files"):  # it does block
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise SystemExit(f"{name} is not blocked")

from contextlib import nullcontext

from lsstd.assessment.check import parse_assessment
from lsstd.engine.catalogue import catalogue
from lsstd.standard.checks import standard_faults
from lsstd.engine.evaluate import evaluate
from lsstd.engine.explain import explain, lines
from lsstd.standard.models import parse
from lsstd.standard.standard import Standard
from lsstd.engine.verdict import provenance, verdict
from lsstd.changes.migrate import migrate_answers
from lsstd.changes.compare import compare
from lsstd.changes.diff import changes
from lsstd.changes.reform import Reform
from lsstd.errors import Problems
from lsstd.forms.messages import Session

standard = parse(Standard, given["standard"], Problems())
assert not list(standard_faults(standard))
result = evaluate(standard, parse_assessment(standard, given["assessment"]))
reform = Reform(reform="r", standard=standard.standard, changes={"lines.AAAA": 440})
reformed = reform.apply(standard)
assert changes(standard, reformed)
assert compare(result, [("r", evaluate(reformed, migrate_answers(result.assessment, standard, reformed)[0]))])
names = [*result.conditions, *result.vetoes, *result.indicators, *result.criteria]
empty = {"keep": lambda *_: None, "states": lambda _: [], "moved": lambda _: None, "alone": lambda _: nullcontext()}
session = Session(standard, type("Memory", (), empty)())
session._is_open = True
edit = {"page": "p", "id": 1, "do": "edit", "path": "answers.village_rooms", "value": {"state": "met"}}
print(json.dumps({
    "form": session.handle(edit)["head"]["secured"],
    "result": result.to_dict(),
    "explained": ["\\n".join(lines(explain(result, name), "zh")) for name in names],
    "verdict": verdict(result).zh,
    "catalogue": len(catalogue(standard)["criteria"]),
    "provenance": len(provenance(result, "en")),
}))
"""


# The core evaluates and explains an assessment where nothing exists but the standard library and pydantic, from plain
# values as JSON holds them: so it runs in a web page (Pyodide), too.
def test_the_core_is_pure() -> None:
    name = "near_aaa"
    given: dict[str, Any] = {
        "allowed": sorted(allowed_distributions("pydantic")),
        "pure": PURE,
        "standard": read_plain(PACKAGE / "standards" / "hlj-base-evaluation.yaml").value,
        "assessment": read_plain(example(name)).value,
    }
    command = [sys.executable, "-I", "-c", IN_A_BARE_PYTHON]
    run = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr[-2000:]
    there = json.loads(run.stdout)
    here = evaluate(load_standard("hlj-base-evaluation"), load_assessment(example(name)))
    assert there["result"] == here.to_dict()
    assert there["verdict"] == verdict(here).zh
    assert there["catalogue"] == 52
    assert there["form"] == "5"  # a form, too: its state and its messages, kept elsewhere than in files
    assert there["provenance"] > 3
    row = explain(here, "live_equipment").text.zh
    assert any(text.startswith(row) for text in there["explained"])


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a piece of Python loads."""
    report = f"{code}\nimport sys\nprint(*sorted({HEAVY!r} & sys.modules.keys()))".replace(
        repr(HEAVY), repr(set(HEAVY))
    )
    run = subprocess.run([sys.executable, "-I", "-c", report], capture_output=True, text=True, check=True, timeout=120)
    return set(run.stdout.splitlines()[-1].split())


# Importing lsstd loads none of the heavy packages; neither does asking what it holds.
def test_importing_lsstd_costs_next_to_nothing() -> None:
    assert loaded_by("import lsstd; dir(lsstd); lsstd.__version__") == set()


# The command line's help needs click alone.
def test_the_help_needs_click_alone() -> None:
    code = "import sys; sys.argv = ['lsstd', '--help']\nfrom lsstd.__main__ import main"
    assert loaded_by(f"{code}\ntry: main()\nexcept SystemExit: pass") == {"click"}


# What `lsstd.__all__` names can be imported, and it names all that is promised; `dir` agrees; nothing else is there.
def test_all_is_what_can_be_imported() -> None:
    space: dict[str, Any] = {}
    exec("from lsstd import *", space)
    assert set(lsstd.__all__) == set(space) - {"__builtins__"} == {*lsstd._HOMES, "__version__"}
    assert all(space[name] is getattr(lsstd, name) for name in lsstd.__all__)
    assert dir(lsstd) == sorted(lsstd.__all__) == sorted(set(lsstd.__all__))
    assert lsstd.__version__ == metadata.version("lsstd")
    with pytest.raises(AttributeError, match="lod_standard"):
        lsstd.lod_standard  # noqa: B018


# What a first mistake gives a function is told by name, with what would be right, in Python's words nowhere.
def test_wrong_kinds_of_arguments_are_told() -> None:
    standard = lsstd.load_standard("hlj-base-evaluation")
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: lsstd.evaluate(standard, "near_aaa"), r"assessment: str; expected: an existing file, or what load_a"),
        (lambda: lsstd.compare(lsstd.example("near_aaa"), [3]), "others: int; expected"),
        (lambda: lsstd.evaluate(3, lsstd.load_assessment(lsstd.example("near_aaa"))), "standard: int; expected"),
        (
            lambda: lsstd.effective_weights(standard),
            "population: Standard; expected: an existing file, or what load_population",
        ),
        (lambda: lsstd.uncertainty(standard=standard, assessment={}), "assessment: dict; expected"),
    ]
    for call, told in calls:
        with pytest.raises(lsstd.LsstdError, match=told):
            call()


# Type checkers see exactly the names that are loaded at run time, from the same modules: there is only one list.
def test_type_checkers_see_the_same() -> None:
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    named = [(alias, node.module) for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert all(alias.asname == alias.name for alias, _ in named)  # else it would not be public
    assert {alias.name: module for alias, module in named} == {
        name: f"lsstd.{home}" for name, home in lsstd._HOMES.items()
    }


# Every room keeps to its budget of lines. The aim for the whole is 17,000, so budgets only go down; a commit that needs
# more says what became shorter instead.
def test_rooms_keep_to_their_budgets() -> None:
    lines = Counter[str]()
    for path in modules():
        room = room_of(path)
        lines[room if room in BUDGETS else ""] += len(path.read_text(encoding="utf-8").splitlines())
    assert {room: count for room, count in lines.items() if count > BUDGETS[room]} == {}
    assert lines.total() <= TOTAL_BUDGET


def twice(names: Iterable[tuple[str, Path]]) -> dict[str, set[str]]:
    """Return the names that stand more than once, with the modules in which they do."""
    places: dict[str, set[str]] = {}
    for name, path in names:
        places.setdefault(name, set()).add(path.relative_to(PACKAGE).as_posix())
    return {name: found for name, found in places.items() if len(found) > 1}


# A module's name says what it holds, so that no two have the same one.
def test_no_two_modules_have_one_name() -> None:
    assert twice((path.stem, path) for path in modules() if path.name != "__init__.py") == {}


# A class's name says what it is: no two public ones in the package have the same.
def test_no_two_public_classes_have_one_name() -> None:
    found = twice(
        (node.name, path)
        for path in modules()
        for node in parsed(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name: len(places) for name, places in found.items()} == SAME_CLASS_NAMES


# Modules can be understood one after the other: none imports, when it is loaded, one that in the end imports it.
def test_no_imports_in_a_circle() -> None:
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in modules()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph = {}
    for name, path in names.items():
        tree = parsed(path)
        imported = {found for found, function in imports(tree) if not function}
        for node in tree.body:  # `from lsstd.pages import charts` imports a module, too
            if isinstance(node, ast.ImportFrom):
                imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        graph[name] = (imported & names.keys()) - {name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")
    assert "lsstd.engine.tree" in graph["lsstd.engine.rows"]  # the graph holds what is imported
    assert "lsstd.files.places" in graph["lsstd.files.standards"]


# An error is known by its class, not by how that is spelled: a renamed class would no longer be noticed.
def test_no_class_is_recognised_by_its_spelling() -> None:
    compared = [
        (path.name, ast.unparse(node))
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Compare) and SPELLED.search(ast.unparse(node))
    ]
    assert compared == []


# No number of Table 2 stands in the core: another standard's lines pass through the same code.
def test_no_line_of_a_standard_is_written_in_python() -> None:
    lines = {
        end.value for band in load_standard("hlj-base-evaluation").bands for end in (band.lower, band.upper) if end
    }
    written = {
        (path.name, node.value)
        for path in (PACKAGE / "engine").glob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in lines
    }
    assert written == set()


# CONTRIBUTING's map from a feature to its modules names modules that exist.
def test_the_map_of_features_names_what_is_there() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = text.partition("### Where to find a feature")[2].partition("\n## ")[0].splitlines()[4:]
    named = {name for row in rows for cell in row.split("|")[2:4] for name in re.findall(r"`([a-z_/]+)`", cell)}
    there = {path.stem for path in modules()} | {path.parent.name for path in modules()}
    assert len(named) > 30
    assert {name for name in named if Path(name).name not in there} <= {"notebooks/reports/"}
