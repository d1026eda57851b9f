"""Every error kpitaps raises on purpose, named by what the caller should do.

KpitapsError                      one clear sentence for a person; carries an exit code
├── NeedsAuth                     a person must authorise again, or grant a scope
├── RetryLater                    nothing is wrong for good: come back after ``after`` seconds
├── BadSettings                   a setting is wrong: mend it and run again
├── TapBug                        the tap broke a rule of the author API: report it to its author
├── BadDefinition                 a KPI, formula or measure is not valid as written
├── BadUse                        this command cannot be carried out as given
└── LedgerUnavailable             the database cannot be opened, or is of a newer version

The first three are the only ones a tap's author raises. HTTP answers are mapped to them by `kpitaps.http`; any other
exception out of a tap counts as a bug of that tap: its stream fails, the others go on.
"""

from __future__ import annotations

from typing import ClassVar


class KpitapsError(Exception):
    """The root: its text is one sentence that says what, where and how to mend it."""

    exit_code: ClassVar[int] = 1


class NeedsAuth(KpitapsError):
    """The source refuses the credentials or a scope; only a person can mend that. Becomes a repair.

    Args:
        message: What the source said, and what to do.
        account: Whether the whole account is closed to us, not only what was asked for: one repair says it for all.
    """

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, account: bool = False) -> None:
        super().__init__(message)
        self.account = account


class RetryLater(KpitapsError):
    """The source cannot answer now.

    Args:
        message: What the source said.
        after: Seconds to wait before asking again; None leaves the choice to the retry policy.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class BadSettings(KpitapsError):
    """A setting is wrong or names something that does not exist."""

    exit_code: ClassVar[int] = 3


class TapBug(KpitapsError):
    """A tap broke a rule of the author API: an undeclared label, a naive time, a float for money."""

    exit_code: ClassVar[int] = 6


class BadDefinition(KpitapsError):
    """A measure, KPI or formula is not valid as written."""

    exit_code: ClassVar[int] = 3


class BadUse(KpitapsError):
    """The command cannot be carried out as given."""

    exit_code: ClassVar[int] = 2


class LedgerUnavailable(KpitapsError):
    """The database cannot be opened, is locked for too long, or was made by a newer kpitaps."""

    exit_code: ClassVar[int] = 7
