"""A tap's settings: a pydantic model with a help text for every field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

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

    def plain(self) -> dict[str, Any]:
        """Return the settings as JSON values, secrets left out."""
        return self.model_dump(mode="json", exclude=set(self.secret_names()))

    def secrets(self) -> dict[str, str]:
        """Return the secret settings that are given in clear text, for encryption and for scrubbing."""
        given = ((name, getattr(self, name)) for name in sorted(self.secret_names()))
        return {name: value.get_secret_value() for name, value in given if value is not None}


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
