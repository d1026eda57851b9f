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
from kpitaps.alerts.tables import Defaults, GoalTable, OperationsTable, ThresholdTable, Told
from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near, read_table, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

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
        unclear: What is wrong so that nobody knows who is to be told, or when: with ``[defaults]``, with a contact or
            mute that a table names, or with how it names it.
    """

    contacts: tuple[Contact, ...] = ()
    mutes: tuple[Mute, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    goals: Mapping[str, GoalTable] = field(default_factory=dict)
    operations: OperationsTable = field(default_factory=OperationsTable)
    defaults: Defaults = field(default_factory=Defaults)
    goal_tables: tuple[Table, ...] = field(default=(), repr=False, compare=False)
    unclear: tuple[BadDefinition, ...] = field(default=(), repr=False, compare=False)

    def route(self, told: Told) -> Route:
        """Return who is told of a rule, given what its table says."""
        known = {contact.key for contact in self.contacts}
        contact = told.contact if told.contact in known else self.defaults.contact
        mutes = self.defaults.mute if told.mute is None else told.mute
        repeat = told.repeat or self.defaults.repeat or REPEAT
        return Route(contact, tuple(mutes or ()) if contact else (), repeat)


def read_alerts(path: Path) -> tuple[AlertsFile, list[BadDefinition]]:
    """Return what the file says, and all that is wrong with it: what is wrong stops nothing else.

    Raises:
        BadDefinition: if the file is not to be read at all.
    """
    return _Reading(path).alerts()


class _Reading:
    """Reads the tables one by one, and keeps what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errors: list[BadDefinition] = []
        self._unclear: list[BadDefinition] = []
        self._wrong: dict[tuple[str, str], tuple[Table, BadDefinition]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._blamed: set[tuple[str, str]] = set()

    def alerts(self) -> tuple[AlertsFile, list[BadDefinition]]:
        contacts = tuple(self._each("contact", lambda table: Contact(table.key, table.read(ContactTable))))
        mutes = tuple(self._each("mute", lambda table: Mute(table.key, table.read(MuteTable))))
        self._names = {
            "contact": frozenset(contact.key for contact in contacts),
            "mute": frozenset(mute.key for mute in mutes),
        }
        defaults = self._one("defaults", Defaults)
        thresholds = tuple(
            self._each("threshold", lambda table: Threshold(table.key, self._told(table, ThresholdTable), table))
        )
        goals = [*self._each("goal", lambda table: (table, self._told(table, GoalTable)))]
        operations = self._one("operations", OperationsTable)
        told = {table.key: terms for table, terms in goals}
        tables = tuple(table for table, _ in goals)
        unclear = tuple(dict.fromkeys(self._unclear))
        found = AlertsFile(contacts, mutes, thresholds, told, operations, defaults, tables, unclear)
        return found, self._errors

    def _each(self, kind: str, read: Callable[[Table], Read]) -> Iterator[Read]:
        others = tuple(other for other in _KINDS if other != kind)
        seen: dict[str, str] = {}
        for table in read_tables(self._path, kind, others=others):
            try:
                _check_name(table, seen)
                yield read(table)
            except BadDefinition as error:
                self._errors.append(error)
                self._wrong[kind, table.key] = table, error

    def _one(self, kind: str, model: type[Terms]) -> Terms:
        try:
            table = read_table(self._path, kind)
            return self._told(table, model) if table else model()
        except BadDefinition as error:
            self._errors.append(error)
            if kind == "defaults":
                self._unclear.append(error)
            return model()

    def _told(self, table: Table, model: type[Terms]) -> Terms:
        """Return what a table says, but for keys that are wrong: those are kept with the other errors."""
        needed = table.values.keys() if table.kind == "defaults" else model.needed
        try:
            terms, wrong = table.read_rest(model, needed)
        except BadDefinition as error:
            if not _names_well(table):
                self._unclear.append(error)
            raise
        self._errors += [wrong] if wrong else []
        self._check_named(table, terms)
        return terms

    def _check_named(self, table: Table, terms: Told) -> None:
        named = [("contact", terms.contact)] if terms.contact else []
        for kind, name in [*named, *(("mute", name) for name in terms.mute or ())]:
            if name in self._names[kind] or (kind, name) in self._blamed:
                continue
            if (kind, name) in self._wrong:
                self._blamed.add((kind, name))
                wrong, error = self._wrong[kind, name]
                statement = wrong.place().statement
                see = f", see line {statement.line}" if statement else ""
                self._unclear.append(error)
                said = f"[{kind}.{name}] is wrong{see}"
            else:
                known = sorted({*self._names[kind], *(key for of, key in self._wrong if of == kind)})
                way = near(name, known) if known else f"write [{kind}.{name}]"
                said = f"there is no [{kind}.{name}]; {way}"
            blamed = BadDefinition(f"{table.place(kind)}: {said}")
            self._errors.append(blamed)
            self._unclear.append(blamed)


def _names_well(table: Table) -> bool:
    """Return whether it can be read whom a table names."""
    try:
        Told.model_validate({key: table.values[key] for key in Told.needed if key in table.values})
    except ValueError:
        return False
    return True


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
