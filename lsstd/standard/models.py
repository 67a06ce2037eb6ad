"""The ground of every model that is read from a file: strict, frozen, nothing unknown; errors in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from lsstd.errors import Problems
from lsstd.words import Text, clip, nearest, same

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""An identifier: ``[a-z][a-z0-9_]*``, unique over everything that a standard names."""

Clause = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z一二三四五六七八九十][0-9.（）一二三四五六七八九十]*$")]
"""A clause number as text, as the document numbers it: "5.10" (which is not 5.1), "B.1", "四（三）2"."""


class Model(BaseModel):
    """What every part of a file is: strict, frozen, without unknown keys."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, perhaps changed, that has yet to find out for itself what follows from its fields."""
        copied = super().model_copy(update=update, deep=deep)
        for derived in set(vars(copied)) - set(type(self).model_fields):
            del vars(copied)[derived]
        return copied


M = TypeVar("M", bound=Model)


def _to_text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, str) and value.strip():
        return same(value)
    if not isinstance(value, dict) or set(value) != {"zh", "en"} or not all(isinstance(v, str) for v in value.values()):
        raise PydanticCustomError("two_languages", "a text, or one in zh and en")
    return Text(**value)


Words = Annotated[
    Text,
    PlainValidator(_to_text),
    PlainSerializer(lambda text: {"zh": text.zh, "en": text.en}),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
                    "required": ["zh", "en"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A text in Chinese and English (``{zh: …, en: …}``), or one text for both."""


def _with_ids(section: object) -> object:
    """Give each entry of a mapping its key as its ``id``."""
    if not isinstance(section, dict):
        return section
    return {key: {"id": key, **body} if isinstance(body, dict) else body for key, body in section.items()}


ById = BeforeValidator(_with_ids)
"""Marks a mapping from id to entry; each entry learns its id."""


def like(field: str) -> Any:
    """Return a field that takes the wording of another where a file does not give its own."""
    return Field(default_factory=lambda data: same(str(data.get(field, ""))))


def as_in_file(value: Any, lean: bool = False) -> Any:
    """Return a model's values under the keys of its file, in containers of their own; numbers stay exact.

    With `lean` what equals its default is left out, as a file may.
    """
    if isinstance(value, Model):
        fields = [(name, field) for name, field in type(value).model_fields.items() if not field.exclude]
        given = [(name, field) for name, field in fields if not (lean and getattr(value, name) == field.default)]
        return {field.alias or name: as_in_file(getattr(value, name), lean) for name, field in given}
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, dict):
        return {key: as_in_file(entry, lean) for key, entry in value.items()}
    return [as_in_file(entry, lean) for entry in value] if isinstance(value, list | tuple) else value


def with_numbers(section: object) -> object:
    """Number the rows of a table in their order, where a file does not."""
    if not isinstance(section, dict):
        return section
    return {
        key: {"row": number, **body} if isinstance(body, dict) else body
        for number, (key, body) in enumerate(section.items(), start=1)
    }


# What would be right, by the kind of mistake that pydantic found.
_EXPECTED = {
    "missing": Text("必须填写", "it must be given"),
    "string_type": Text("文字（像数字的请加引号）", "text (in quotes, where it looks like a number)"),
    "string_unicode": Text("合法的 Unicode 文字", "text in valid Unicode"),
    "bool_type": Text("true 或 false", "true or false"),
    "int_type": Text("整数", "a whole number"),
    "exact_number": Text("有限的数", "a finite number"),
    "two_languages": Text(
        "文字，或 {zh: …, en: …}（其中有逗号的文字加引号）", "a text, or {zh: …, en: …} (quote a text with a comma)"
    ),
    "model_type": Text("键: 值 的映射", "a mapping of keys to values"),
    "model_attributes_type": Text("键: 值 的映射", "a mapping of keys to values"),
    "dict_type": Text("键: 值 的映射", "a mapping of keys to values"),
    "list_type": Text("列表", "a list"),
    "tuple_type": Text("列表", "a list"),
}
_TOLD_BY_PLACE = ("missing", "extra_forbidden")


def parse(model: type[M], value: object, problems: Problems, place: str = "", **context: Any) -> M | None:
    """Read a model from plain values; note every problem under its place and return None if there are any."""
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if problems.is_long:
                break
            if detail["type"] != "default_factory_not_called":  # what it would follow is told itself
                _note(model, detail, problems, place)
        return None


def _note(model: type[Model], detail: ErrorDetails, problems: Problems, place: str) -> None:
    """Translate one of pydantic's errors into a problem."""
    steps = [str(step) for step in detail["loc"]]
    where = ".".join([place, *steps] if place else steps) or "."
    kind = detail["type"]
    if kind == "missing":
        found = Text("缺失", "missing")
    elif kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"])
        problems.add(where, Text(f"未知的键 {steps[-1]}", f"unknown key {steps[-1]}"), nearest(steps[-1], known))
        return
    else:
        found = Text(*[clip(detail["input"])] * 2)
    expected = _EXPECTED.get(kind) or _told(detail)
    problems.add(where, found, expected)


def _told(detail: ErrorDetails) -> Text:
    """Say what would be right where pydantic's own words must serve."""
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if "zh" in context and "en" in context:
        return Text(str(context["zh"]), str(context["en"]))
    if "expected" in context:
        listed = str(context["expected"])
        return Text(f"{listed.replace(' or ', ', ')} 之一", f"one of {listed}")
    if "max_length" in context or "min_length" in context:
        return _length(detail["type"].startswith("string"), context)
    if "pattern" in context:
        return Text(f"符合 {context['pattern']} 的编号", f"an identifier like {context['pattern']}")
    return Text(detail["msg"], detail["msg"])


def _length(is_text: bool, context: Mapping[str, Any]) -> Text:
    """Say how long a text or list may be, or must be."""
    unit = ("个字", "characters") if is_text else ("项", "items")
    if "max_length" in context:
        return Text(f"至多 {context['max_length']} {unit[0]}", f"at most {context['max_length']} {unit[1]}")
    return Text(f"至少 {context['min_length']} {unit[0]}", f"at least {context['min_length']} {unit[1]}")


def _known_keys(model: type[Model], steps: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the model around an unknown key would allow."""
    current: Any = model
    for step in steps[:-1]:
        fields = getattr(current, "model_fields", {})
        inner = _model_within(fields[step].annotation) if step in fields else current
        current = inner or current
    return [key for key in getattr(current, "model_fields", {}) if key != "id"]


def _model_within(annotation: Any) -> Any:
    """Return the model inside an annotation such as ``dict[str, Criterion]``, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (inner := _model_within(argument)) is not None:
            return inner
    return None


def mistake(zh: str, en: str) -> PydanticCustomError:
    """Return an error for a validator: what would be right, in both languages."""
    return PydanticCustomError("mistake", "{en}", {"zh": zh, "en": en})
