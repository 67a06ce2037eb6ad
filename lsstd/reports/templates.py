"""Templates of reports: notebooks with one cell of parameters, which names their types and meaning itself."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from lsstd.errors import FileError, InvalidFile, Problem, ReportError, UnknownName
from lsstd.files.places import notebooks
from lsstd.files.reading import decode, read_bytes
from lsstd.files.strict_yaml import parse_json
from lsstd.words import Lang, Text, clip, msg, nearest, same

_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
_ENDING = "_report.ipynb"
_MOST_VALUES = 2_000_000  # an executed notebook carries its outputs
_FILES = ("assessment", "assessments", "reform", "reforms", "file", "files")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a template: its name, its type as annotated and as a type, its default, its meaning."""

    name: str
    kind: str
    type: Any
    default: Any
    help: str

    @property
    def is_list(self) -> bool:
        """Whether it may take several values."""
        return "list" in self.kind

    def read(self, texts: Sequence[str]) -> Any:
        """Return the value that texts from a command line stand for: text stays text, "4.10" is not 4.1."""
        if self.is_list and not texts[0].lstrip().startswith("["):
            return list(texts)
        if "str" in (part.strip() for part in self.kind.split("|")) or self.kind.startswith("Literal["):
            return texts[-1]
        try:
            return parse_json(texts[-1], self.name).value
        except InvalidFile:
            return texts[-1]

    def problem(self, value: Any) -> Problem | None:
        """Return what is wrong with a value, if anything is: types are not guessed."""
        try:
            TypeAdapter(self.type).validate_python(value, strict=True)
        except ValidationError:
            return Problem(self.name, same(clip(value)), msg("of type {kind}", kind=self.kind))
        return None


@dataclass(frozen=True)
class Template:
    """A notebook that becomes a report."""

    path: Path
    name: str  # by which it is called: ``base``; one's own goes by its file's name
    title: Text  # of the notebook's metadata, else its first heading
    parameters: dict[str, Parameter]
    sha256: str

    @property
    def files(self) -> Parameter | None:
        """The parameter that takes the files; a list takes all of them for one report.

        It is the one with the usual name, else the first.
        """
        named = (self.parameters[name] for name in _FILES if name in self.parameters)
        return next(named, next(iter(self.parameters.values()), None))

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return it as JSON holds it."""
        listed = [
            {"name": p.name, "type": p.kind, "default": p.default, "help": p.help, "files": p is self.files}
            for p in self.parameters.values()
        ]
        return {"template": self.name, "title": self.title.to(lang), "parameters": listed}

    def read(self, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return typed values from texts; ``name.key`` sets one entry of a mapping.

        Raises `ReportError`: unknown or ill-typed parameters, all at once.
        """
        values: dict[str, Any] = {}
        for name, texts in given.items():
            own, dot, key = name.partition(".")
            if dot and own in self.parameters and self.parameters[own].kind.startswith("dict"):
                values[own] = {**values.get(own, {}), key: texts[-1]}
            else:
                values[name] = self.parameters[name].read(texts) if name in self.parameters else texts[-1]
        self.check(values)
        return values

    def check(self, values: Mapping[str, Any]) -> None:
        """Refuse unknown or ill-typed parameters, all at once, before anything runs."""
        problems = []
        for name, value in values.items():
            if name not in self.parameters:
                problems.append(Problem(name, msg("no such parameter"), nearest(name, self.parameters)))
            elif problem := self.parameters[name].problem(value):
                problems.append(problem)
        if problems:
            title = msg("wrong parameters for the template {name}", name=self.name)
            raise ReportError(title, problems)


def templates() -> list[Template]:
    """Return the templates that travel with the package."""
    return [load_template(name) for name in names()]


def names() -> list[str]:
    """Return the names of the templates that travel with the package, the usual one first."""
    found = (path.name.removesuffix(_ENDING) for path in (notebooks() / "reports").glob(f"*{_ENDING}"))
    return sorted(found, key=lambda name: (name != "base", name))


def load_template(name: str) -> Template:
    """Return a template by its name, or one's own from a notebook's file.

    Raises `LsstdError`: there is none of this name; or the file is no notebook with a readable cell of parameters.
    """
    if name in names():
        return _read(notebooks() / "reports" / f"{name}{_ENDING}", name)
    path = Path(name)
    if path.suffix.lower() == ".ipynb":
        return _read(path.absolute(), path.name)
    found = msg("no template {name}", name=clip(name))
    raise UnknownName(msg("no such template"), [Problem("--template", found, nearest(name, names()))])


def _read(path: Path, name: str) -> Template:
    data = read_bytes(path)
    notebook = parse_json(decode(data, path), path.name, _MOST_VALUES).value
    try:
        cells, named = notebook["cells"], str(notebook["metadata"].get("title") or "")
        sources = [
            ("".join(cell["source"]), list(cell["metadata"].get("tags") or ()), cell["cell_type"]) for cell in cells
        ]
    except (KeyError, TypeError, AttributeError):
        title = msg("{path} is not a notebook", path=path.name)
        expected = msg("a Jupyter notebook (.ipynb)")
        raise FileError(title, [Problem(str(path), msg("something else"), expected)]) from None
    tagged = [source for source, tags, _ in sources if "parameters" in tags]
    if not tagged:
        title = msg("{path} is not a template", path=path.name)
        right = msg("a cell with the tag parameters")
        raise InvalidFile(title, [Problem(str(path), msg("no cell of parameters"), right)])
    lines = (line for source, _, kind in sources if kind == "markdown" for line in source.splitlines())
    heading = named or next((line[2:] for line in lines if line.startswith("# ")), name)
    zh, _, en = heading.partition(" · ")
    parameters = {p.name: p for source in tagged[:1] for p in _parameters(source, path)}
    return Template(path, name, Text(zh, en or zh), parameters, hashlib.sha256(data).hexdigest())


def _parameters(source: str, path: Path) -> Iterator[Parameter]:
    """Yield the parameters that a cell sets: name, annotation, default and the comment behind it."""
    try:
        body, lines = ast.parse(source).body, source.splitlines()
        for step in body:
            if isinstance(step, ast.AnnAssign) and isinstance(step.target, ast.Name) and step.value is not None:
                name, kind, type_ = step.target.id, ast.unparse(step.annotation), _type_of(step.annotation)
            elif isinstance(step, ast.Assign) and len(step.targets) == 1 and isinstance(step.targets[0], ast.Name):
                type_ = type(ast.literal_eval(step.value))
                name, kind = step.targets[0].id, type_.__name__
            else:
                raise ValueError(ast.unparse(step))
            line = lines[(step.end_lineno or 1) - 1].encode()  # columns are counted in bytes
            comment = line[step.end_col_offset or 0 :].decode().partition("#")[2]
            assert step.value is not None
            yield Parameter(name, kind, type_, ast.literal_eval(step.value), comment.strip())
    except (SyntaxError, TypeError, ValueError, KeyError, RecursionError, MemoryError) as error:
        title = msg("the parameters of {path} cannot be read", path=path.name)
        expected = msg("lines such as name: type = literal  # meaning")
        raise InvalidFile(title, [Problem("parameters", same(clip(str(error))), expected)]) from None


def _type_of(node: ast.expr) -> Any:
    """Return the type that an annotation names: plain, a list or mapping of such, a choice of texts, or either."""
    if isinstance(node, ast.Name):
        return _TYPES[node.id]
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _type_of(node.left) | _type_of(node.right)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        inner: Iterable[ast.expr] = node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,)
        if node.value.id == "Literal":
            return Literal[tuple(ast.literal_eval(item) for item in inner)]
        return _TYPES[node.value.id][tuple(_type_of(item) for item in inner)]
    raise ValueError(ast.unparse(node))
