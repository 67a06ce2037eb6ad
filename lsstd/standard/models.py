"""Strict, frozen models for everything read from a file; the field types they share; errors in two languages.

The modules that define models do without ``from __future__ import annotations``: pydantic would compile each annotation
again, which was a third of the time it takes to define them.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache, partial
from operator import attrgetter
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from lsstd.errors import Problems
from lsstd.exact import Exact, exact, plain
from lsstd.words import Lang, Text, clip, msg, nearest, same, shorten


def mistake(expected: Text) -> PydanticCustomError:
    """Return an error for a validator: what would be right."""
    return PydanticCustomError("mistake", "{en}", {"zh": expected.zh, "en": expected.en})


# ── types of fields ──────────────────────────────────────────────────────────────────────────────────────────────


class Taken:
    """Marks a field whose value one function takes, and the JSON Schema of what it accepts.

    Lighter than pydantic's ``PlainValidator``, which builds a serializer for the annotated type at every use.
    """

    def __init__(self, take: Callable[[Any], Any], accepts: dict[str, Any]) -> None:
        self.take, self.accepts = take, accepts

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.take)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return dict(self.accepts)


def in_long(key: str, **rest: object) -> Callable[[object], object]:
    """Return what takes a bare value as the long form, in which it stands under a key."""
    return lambda value: value if isinstance(value, dict | Model) else {key: value, **rest}


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""An identifier: ``[a-z][a-z0-9_]*``, unique over everything that a standard names."""

NUMERALS = "0-9零〇一二三四五六七八九十百"  # what clause numbers are written with, as a set of a regular expression
_CLAUSE = rf"^(前言|引言|([第表图]|附录|附件)? ?[A-Z{NUMERALS}][a-zA-Z{NUMERALS}.．()（）第章节条款项目之 -]*)$"
Clause = Annotated[str, StringConstraints(pattern=_CLAUSE, max_length=40)]
"""A clause number as text, as the document has it: "5.10" (which is not 5.1), "A.2.1 a)", 四（三）2, 第五条, 表3."""
InClause = Annotated[Clause, Field(description='the clause\'s number as printed, as text: "5.10"')]


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]  # several of a kind, which a file gives as a list


def _text(value: object) -> Text:
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        zh, en = value["zh"], value["en"]
        if isinstance(zh, str) and isinstance(en, str):
            return Text(zh, en)
    if isinstance(value, str) and value.strip():
        return same(value)
    if isinstance(value, Text):
        return value
    raise PydanticCustomError("two_languages", "a text, or one in zh and en")


_BOTH: dict[str, Any] = {"properties": {"zh": {"type": "string"}, "en": {"type": "string"}}, "required": ["zh", "en"]}
_IN_TWO_LANGUAGES = {"type": "object", **_BOTH, "additionalProperties": False}
Words = Annotated[Text, Taken(_text, {"anyOf": [{"type": "string", "minLength": 1}, _IN_TWO_LANGUAGES]})]
"""A text in Chinese and English (``{zh: …, en: …}``), or one text for both."""


def _number(value: object) -> Exact:
    try:
        return exact(value)
    except ValueError as error:
        raise PydanticCustomError("exact_number", "{why}", {"why": str(error)}) from error


def _positive(value: object) -> Exact:
    if (number := _number(value)) <= 0:
        raise mistake(msg("a number above 0"))
    return number


def _share(value: object) -> Exact:
    if not 0 <= (number := _number(value)) <= 1:
        raise mistake(msg("a number from 0 to 1"))
    return number


Number = Annotated[Exact, Taken(_number, {"type": "number"})]  # an exact number
WholeNumber = Annotated[int, Taken(_number, {"type": "integer"}), Field(multiple_of=1)]
Positive = Annotated[Exact, Taken(_positive, {"type": "number", "exclusiveMinimum": 0})]  # an exact number above 0
Share = Annotated[Exact, Taken(_share, {"type": "number", "minimum": 0, "maximum": 1})]  # an exact number from 0 to 1


def _with_place(section: object, numbered: bool = False) -> object:
    """Give each entry of a mapping its key as its ``id``, and its number in the order as its ``row``."""
    if not isinstance(section, dict):
        return section
    return {
        key: {"id": key, **({"row": number} if numbered else {}), **body} if isinstance(body, dict) else body
        for number, (key, body) in enumerate(section.items(), start=1)
    }


ById = Annotated[dict[Id, T], BeforeValidator(_with_place)]
"""Entries by their ids; each learns its own."""
Key = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$", max_length=80)]
"""A key of the user's own, which may name a file: letters (Chinese ones, too), digits, ``_ . -``."""
ByKey = Annotated[dict[Key, T], BeforeValidator(_with_place)]
"""Entries by keys of the user's own; each learns its own as its ``id``."""
Numbered = Annotated[dict[Id, T], BeforeValidator(partial(_with_place, numbered=True))]
"""Rows by their ids; each learns its own and, where the file does not number it, its number."""


def like(field: str, description: str) -> Any:
    """Return a field that takes the wording of another where a file does not give its own."""
    return Field(default_factory=lambda data: same(str(data.get(field, ""))), description=description)


# ── models ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Concise:
    """What shows itself in one line, and in a notebook as the section that `lsstd.pages.SHOWN` names for it."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # else a dataclass would make one that holds everything
            cls.__repr__ = Concise.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        fields: Any = getattr(type(self), "model_fields", None) or getattr(self, "__dataclass_fields__", ())
        told = (f"{name}={text}" for name in fields if (text := _plainly(getattr(self, name))))
        return f"{type(self).__name__}({shorten(', '.join(told), _LONGEST_REPR)})"

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str | None:
        from lsstd.pages import html_of

        return html_of(self)


_LONGEST_REPR = 200


def _plainly(value: Any) -> str:
    """Return a number or a short text as it is shown in one line; nothing for larger values."""
    if isinstance(value, str | Text):
        return repr(shorten(str(value), 40)) if str(value) else ""
    return str(value) if isinstance(value, int | float | Fraction) else ""


class Model(Concise, BaseModel):
    """What every part of a file is: strict, frozen, without unknown keys."""

    # Built when first used: a model within another one is built with that one, and never alone.
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy without the cached properties, so that they are computed from the changed fields."""
        copied = super().model_copy(update=update, deep=deep)
        for derived in set(vars(copied)) - set(type(self).model_fields):
            del vars(copied)[derived]
        return copied


M = TypeVar("M", bound=Model)


def as_in_file(value: Any, lean: bool = False) -> Any:
    """Return a model's values under the keys of its file, in containers of their own; numbers stay exact.

    With `lean` what equals its default is left out, as a file may.
    """
    if isinstance(value, Model):
        fields = [(name, field) for name, field in type(value).model_fields.items() if not field.exclude]
        kept = [(name, field) for name, field in fields if not (lean and getattr(value, name) == field.default)]
        return {field.alias or name: as_in_file(getattr(value, name), lean) for name, field in kept}
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, dict):
        return {key: as_in_file(entry, lean) for key, entry in value.items()}
    return [as_in_file(entry, lean) for entry in value] if isinstance(value, list | tuple) else value


def in_json(value: Any, lang: Lang | None) -> Any:
    """Return a value as JSON holds it: texts in one language, numbers plain, entries that go by ids as lists.

    Without a language, texts are ``{zh, en}``, for a page whose reader may switch languages.
    """
    if isinstance(value, Text):
        return value.to(lang) if lang else {"zh": value.zh, "en": value.en}
    if isinstance(value, Model):
        return {key: in_json(getattr(value, key), lang) for key in type(value).model_fields}
    if isinstance(value, dict):
        entries = {key: in_json(entry, lang) for key, entry in value.items()}
        is_by_id = value and all(isinstance(entry, Model) for entry in value.values())
        return [{"id": key, **entry} for key, entry in entries.items()] if is_by_id else entries
    if isinstance(value, tuple | list):
        return [in_json(entry, lang) for entry in value]
    return plain(value) if isinstance(value, Fraction) else value


def json_object(entry: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return keys and values as a JSON object; see `in_json`."""
    return {key: in_json(value, lang) for key, value in entry.items()}


def fields_of(entry: Any, names: str) -> dict[str, Any]:
    """Return some fields, each given as ``name=path`` or as a path of one word; each None where there is no entry.

    >>> fields_of(Text("等级", "grade"), "zh english=en")
    {'zh': '等级', 'english': 'grade'}
    """
    paths = {name or path: path for name, _, path in (field.rpartition("=") for field in names.split())}
    return {name: None if entry is None else attrgetter(path)(entry) for name, path in paths.items()}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

_A_MAPPING = msg("a mapping of keys to values")
_A_LIST = msg("a list")
_EXPECTED = {  # by the kind of mistake that pydantic reports
    "missing": msg("a value"),
    "string_type": msg("text (in quotes, where it looks like a number)"),
    "string_unicode": msg("text in valid Unicode"),
    "bool_type": msg("true or false"),
    "int_type": msg("a whole number"),
    "exact_number": msg("a finite number"),
    "multiple_of": msg("a whole number"),
    "two_languages": msg("a text, or {zh: …, en: …} (quote a text with a comma)"),
    "model_type": _A_MAPPING,
    "model_attributes_type": _A_MAPPING,
    "dict_type": _A_MAPPING,
    "list_type": _A_LIST,
    "tuple_type": _A_LIST,
}


def parse(model: type[M], value: object, problems: Problems, place: str = "") -> M | None:
    """Read a model from plain values; note every problem under its place and return None if there are any."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if problems.is_long:
                break
            if detail["type"] != "default_factory_not_called":  # the field that it would follow is reported itself
                _note(model, detail, problems, place)
        return None


def read_model(model: type[M], value: object, problems: Problems, title: Text, place: str = "") -> M:
    """Read a model from plain values, or raise `InvalidFile` with all problems, those noted before among them."""
    parsed = parse(model, value, problems, place)
    if parsed is None or problems.found:
        raise problems.error(title)
    return parsed


def trusted(model: type[M], values: Mapping[str, Any]) -> M:
    """Read a model from plain values that are known to be valid, without building pydantic's validators for it.

    The package's own standards are read so, in a tenth of the time.
    """
    build: Any = model.model_construct
    built: M = build(**{name: make(values[key]) for name, key, make in _makers(model) if key in values})
    return built


@cache
def _makers(model: type[Model]) -> list[tuple[str, str, Callable[[Any], Any]]]:
    fields = model.model_fields.items()
    return [(name, field.alias or name, _maker(field.annotation, field.metadata)) for name, field in fields]


def _maker(kind: Any, marks: Iterable[Any] = ()) -> Callable[[Any], Any]:
    if hasattr(kind, "__metadata__"):
        return _maker(kind.__origin__, (*kind.__metadata__, *marks))
    for mark in marks:
        if isinstance(mark, Taken):
            return mark.take
    before: Any = next((mark.func for mark in marks if isinstance(mark, BeforeValidator)), None)
    if before is not None:
        made = _maker(kind)
        return lambda value: made(before(value))
    if isinstance(kind, type) and issubclass(kind, Model):
        return partial(trusted, kind)
    *others, last = [one for one in get_args(kind) if one not in (type(None), ...)] or [None]
    if last is None or get_origin(kind) is Literal:
        return lambda value: value
    make = _maker(last)
    if get_origin(kind) is dict:
        return lambda value: {key: make(entry) for key, entry in value.items()}
    if get_origin(kind) is tuple:
        return lambda value: tuple(map(make, value))
    return lambda value: value if value is None or (others and isinstance(value, str)) else make(value)


def _note(model: type[Model], detail: ErrorDetails, problems: Problems, place: str) -> None:
    """Translate one of pydantic's errors into a problem."""
    models = {each.__name__ for each in Model.__subclasses__()}  # pydantic names which of several it has tried
    steps = [str(step) for step in detail["loc"] if step not in models]
    where = ".".join([place, *steps] if place else steps) or "."
    kind = detail["type"]
    if kind == "extra_forbidden":
        unknown = msg("unknown key {steps}", steps=steps[-1])
        problems.add(where, unknown, nearest(steps[-1], _known_keys(model, detail["loc"])))
        return
    found = msg("missing") if kind == "missing" else clip(detail["input"])
    problems.add(where, found, _EXPECTED.get(kind) or _expected(detail))


def _expected(detail: ErrorDetails) -> Text:
    """Say what would be right, from the context that pydantic gives."""
    context: Mapping[str, Any] = detail.get("ctx") or {}
    unit = msg("characters") if detail["type"].startswith("string") else msg("items")
    match context:
        case {"zh": zh, "en": en}:
            return Text(str(zh), str(en))
        case {"expected": listed}:
            return msg("one of {listed}", listed=listed, listed_2=str(listed).replace(" or ", ", "))
        case {"max_length": most}:
            return msg("at most {most} {unit}", most=most, unit=unit)
        case {"le": most}:
            return msg("at most {most}", most=most)
        case {"ge": least}:
            return msg("at least {least}", least=least)
        case {"gt": least}:
            return msg("a number above {least}", least=least)
        case {"min_length": least}:
            return msg("at least {least} {unit}", least=least, unit=unit)
        case {"pattern": pattern} if pattern == _CLAUSE:
            return msg("a clause number as printed, such as 5.10, A.2.1 a), 第五条 or 表3")
        case {"pattern": pattern}:
            return msg("an identifier like {pattern}", pattern=pattern)
    return same(detail["msg"])


def _known_keys(model: type[Model], steps: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the model around an unknown key would allow."""
    current: Any = model
    for step in steps[:-1]:
        fields = _fields(current)
        inner = _model_within(fields[step].annotation) if step in fields else current
        current = inner or current
    return [key for key in _fields(current) if key != "id"]


def _fields(model: Any) -> dict[Any, Any]:
    return {field.alias or name: field for name, field in getattr(model, "model_fields", {}).items()}


def _model_within(annotation: Any) -> Any:
    """Return the model inside an annotation such as ``dict[str, Criterion]``, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (inner := _model_within(argument)) is not None:
            return inner
    return None


def json_schema(model: type[Model], title: Text, lang: Lang = "en") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the files that a model reads: the title in one language, all else in English.

    >>> from lsstd.assessment.assessment import Assessment
    >>> json_schema(Assessment, msg("an assessment for lsstd"))["title"]
    'an assessment for lsstd'
    """
    found = model.model_json_schema(by_alias=True)
    for entry in (found, *found["$defs"].values()):
        required = entry.get("required", [])
        given_by_place = {"id", "row"} if "id" in required else set()  # an entry's key, its place in the table
        set_on_loading = {name for name in ("lineage", "sha256") if entry is found}
        entry["required"] = [name for name in required if name not in given_by_place]
        for name in (given_by_place - {"row"}) | set_on_loading:
            entry.get("properties", {}).pop(name, None)
    _close(found)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": title.to(lang)}


def _close(schema: Any) -> None:
    """Refuse keys that are no ids, wherever entries go by ids."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
        for entry in schema.values():
            _close(entry)
    elif isinstance(schema, list):
        for entry in schema:
            _close(entry)
