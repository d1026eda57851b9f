"""A tap's settings: a pydantic model with a help text for every field."""

from __future__ import annotations

import json
import tomllib
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from kpitaps.errors import BadSettings, TapBug

if TYPE_CHECKING:
    from collections.abc import Mapping

Secret = SecretStr
"""A setting that is encrypted at rest and scrubbed from every log line and error."""


class Settings(BaseModel):
    """The base of every tap's settings: immutable, no unknown fields, surrounding white space dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, field in cls.model_fields.items():
            if not field.description:
                raise TapBug(f"{cls.__name__}.{name} has no help text: declare it with setting('…', help='…')")
            # pydantic would accept the declaration and then fail on every value.
            if name in cls.secret_names() and any(getattr(rule, "pattern", None) for rule in field.metadata):
                raise TapBug(f"{cls.__name__}.{name} is a secret: check it in a field_validator, not by pattern=")

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings in ``values``.

        Raises:
            BadSettings: naming each setting that is missing, unknown or malformed, and its help text.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise BadSettings("; ".join(cls._explain(problem) for problem in error.errors())) from None

    @classmethod
    def _explain(cls, problem: Any) -> str:
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        field = cls.model_fields.get(name)
        if problem["type"] == "extra_forbidden":
            return f"there is no setting {name!r}: there are {', '.join(cls.model_fields)}"
        said = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message = "is needed" if problem["type"] == "missing" else said
        return f"setting {name}: {message}" + (f" ({field.description})" if field else "")

    @classmethod
    def secret_names(cls) -> frozenset[str]:
        """Return the names of the settings that are secrets."""
        return frozenset(
            name
            for name, field in cls.model_fields.items()
            if field.annotation is Secret or Secret in get_args(field.annotation)
        )

    @classmethod
    def listed_names(cls) -> frozenset[str]:
        """Return the names of the settings whose values are all listed in their type, a ``Literal``."""
        return frozenset(name for name, field in cls.model_fields.items() if _is_listed(field.annotation))

    @classmethod
    def tuple_names(cls) -> frozenset[str]:
        """Return the names of the settings that hold several values."""
        return frozenset(name for name, field in cls.model_fields.items() if _is_tuple(field.annotation))

    @field_validator("*", mode="before")
    @classmethod
    def _split(cls, value: Any, info: ValidationInfo) -> Any:
        return _several(value) if isinstance(value, str) and info.field_name in cls.tuple_names() else value

    def texts(self) -> dict[str, str]:
        """Return the settings as what a person would type, secrets left out; empty where nothing is given."""
        return {name: as_text(value) for name, value in self.plain().items()}

    def plain(self) -> dict[str, Any]:
        """Return the settings as JSON values, secrets left out."""
        return self.model_dump(mode="json", exclude=set(self.secret_names()))

    def secrets(self) -> dict[str, str]:
        """Return the secret settings that are given in clear text, for encryption and for scrubbing."""
        given = ((name, getattr(self, name)) for name in sorted(self.secret_names()))
        return {name: value.get_secret_value() for name, value in given if value is not None}


def as_text(value: Any) -> str:
    """Return a setting's value as a person types it: several values with commas, nothing for None."""
    if isinstance(value, list | tuple):
        plain = [str(each) for each in value]
        joined = ",".join(plain)
        # What reading would not give back is written as it is in TOML and JSON.
        is_plain = joined and not joined.startswith("[") and _split_at_commas(joined) == plain
        return joined if is_plain else json.dumps(plain, ensure_ascii=False)
    return "" if value is None else str(value)


def _several(text: str) -> Any:
    """Return what a text says that stands for several values: a list of TOML or JSON, or values between commas."""
    if not text.lstrip().startswith("["):
        return _split_at_commas(text)
    try:
        return tomllib.loads(f"values = {text.strip()}")["values"]
    except tomllib.TOMLDecodeError:
        raise ValueError('this is no list: write values with commas, or ["one", "two"]') from None


def _split_at_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_listed(annotation: Any) -> bool:
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return all(part is NoneType or get_origin(part) is Literal for part in parts)


def _is_tuple(annotation: Any) -> bool:
    return any(get_origin(part) is tuple for part in (annotation, *get_args(annotation)))


def setting(title: str, *, help: str, default: Any = ..., pattern: str | None = None, **more: Any) -> Any:  # noqa: A002 - the field's own word
    """Declare a setting.

    Args:
        title: What a person is asked for.
        help: Where to find it or what it does, in one sentence.
        default: Its value when none is given; without it the setting is needed.
        pattern: A regular expression that its text must match as a whole.
        more: Passed to pydantic's ``Field``.
    """
    whole = None if pattern is None else f"^(?:{pattern})$"
    return Field(default, title=title, description=help, pattern=whole, **more)
