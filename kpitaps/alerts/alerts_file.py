"""``alerts.toml``: who is told of what, and when not.

A file of its own, as ``digests.toml`` is: what a company means by its figures is shared and reviewed; who is told, and
from which value on, belongs to one installation. What is wrong with one table says nothing of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from kpitaps.alerts.contacts import Contact, ContactTable
from kpitaps.alerts.mutes import Mute, MuteTable
from kpitaps.alerts.rule import REPEAT, Route
from kpitaps.alerts.tables import Defaults, GoalTable, OperationsTable, ThresholdTable
from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near, read_table, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from kpitaps.alerts.tables import Told
    from kpitaps.kpis.files import Table

Read = TypeVar("Read")
Terms = TypeVar("Terms", bound="Told")

FILE = "alerts.toml"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""A key: it becomes part of file names, variables and uids, and stands in regular expressions."""

_KINDS = ("contact", "mute", "threshold", "goal", "operations", "defaults")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold that was read.

    Attributes:
        key: Its key.
        terms: What its table says.
        table: Where it stands.
    """

    key: str
    terms: ThresholdTable
    table: Table = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AlertsFile:
    """What ``alerts.toml`` says.

    Attributes:
        contacts: Who can be told.
        mutes: When nobody is.
        thresholds: Rules on KPIs, besides goals.
        goals: How the alerts of single goals differ, by the goal's key.
        operations: The alerts of kpitaps itself.
        defaults: What holds where a table says nothing else.
        goal_tables: Where the tables of goals stand.
    """

    contacts: tuple[Contact, ...] = ()
    mutes: tuple[Mute, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    goals: Mapping[str, GoalTable] = field(default_factory=dict)
    operations: OperationsTable = field(default_factory=OperationsTable)
    defaults: Defaults = field(default_factory=Defaults)
    goal_tables: tuple[Table, ...] = field(default=(), repr=False, compare=False)

    def route(self, told: Told) -> Route:
        """Return who is told of a rule, given what its table says."""
        known = {contact.key for contact in self.contacts}
        contact = told.contact if told.contact in known else self.defaults.contact
        mutes = self.defaults.mute if told.mute is None else told.mute
        repeat = told.repeat or self.defaults.repeat or REPEAT
        return Route(contact, tuple(mutes or ()) if contact else (), repeat)


def read_alerts(path: Path) -> tuple[AlertsFile, list[BadDefinition]]:
    """Return what the file says, and what is wrong with single tables: one that is wrong stops no other.

    Raises:
        BadDefinition: if the file is not to be read at all.
    """
    return _Reading(path).alerts()


class _Reading:
    """Reads the tables one by one, and keeps what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errors: list[BadDefinition] = []

    def alerts(self) -> tuple[AlertsFile, list[BadDefinition]]:
        contacts = tuple(self._each("contact", lambda table: Contact(table.key, table.read(ContactTable))))
        mutes = tuple(self._each("mute", lambda table: Mute(table.key, table.read(MuteTable))))
        names = {contact.key for contact in contacts}, {mute.key for mute in mutes}
        thresholds = self._each(
            "threshold", lambda table: Threshold(table.key, _told(table, ThresholdTable, *names), table)
        )
        goals = [*self._each("goal", lambda table: (table, _told(table, GoalTable, *names)))]
        operations = self._one("operations", OperationsTable, *names)
        defaults = self._one("defaults", Defaults, *names)
        told = {table.key: terms for table, terms in goals}
        tables = tuple(table for table, _ in goals)
        return AlertsFile(contacts, mutes, tuple(thresholds), told, operations, defaults, tables), self._errors

    def _each(self, kind: str, read: Callable[[Table], Read]) -> Iterator[Read]:
        others = tuple(other for other in _KINDS if other != kind)
        seen: dict[str, str] = {}
        for table in read_tables(self._path, kind, others=others):
            try:
                _check_name(table, seen)
                yield read(table)
            except BadDefinition as error:
                self._errors.append(error)

    def _one(self, kind: str, model: type[Terms], *names: Collection[str]) -> Terms:
        try:
            table = read_table(self._path, kind)
            return _told(table, model, *names) if table else model()
        except BadDefinition as error:
            self._errors.append(error)
            return model()


def _check_name(table: Table, seen: dict[str, str]) -> None:
    """Refuse a key that cannot stand where keys stand, or that is another one but for what some take for the same."""
    if not _NAME.fullmatch(table.key):
        raise BadDefinition(f"{table.place()}: write its name in up to 64 letters, digits, underscores and hyphens")
    other = seen.setdefault(table.key.casefold().replace("-", "_"), table.key)
    if other != table.key:
        raise BadDefinition(
            f"{table.place()}: there is [{table.kind}.{other}] already, and the two are told apart "
            "neither by file names nor by variables; give it another name"
        )


def _told(table: Table, model: type[Terms], contacts: Collection[str], mutes: Collection[str]) -> Terms:
    """Return what a table says, once those whom it names are known."""
    terms = table.read(model)
    for key, kind, names, known in (
        ("contact", "contact", filter(None, [terms.contact]), contacts),
        ("mute", "mute", terms.mute or (), mutes),
    ):
        if strange := next((name for name in names if name not in known), None):
            way = near(strange, sorted(known)) if known else f"write [{kind}.{strange}]"
            raise BadDefinition(f"{table.place(key)}: there is no [{kind}.{strange}]; {way}")
    return terms
