"""The series of a generation: which (measure, labels, currency) has which number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store import bulk
from kpitaps.store.customers import EDGES, edge_measures
from kpitaps.store.tables import series
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpitaps.measures import Measure

SeriesKey = tuple[str, tuple[str, ...], str]
"""Measure key, label values in declared order, currency."""


def labels_json(measure: Measure, values: tuple[str, ...]) -> str:
    """Return the labels as canonical JSON: sorted names, empty values left out."""
    return canonical_labels({name: value for name, value in zip(measure.labels, values, strict=True) if value})


def canonical_labels(labels: Mapping[str, str]) -> str:
    """Return labels, none of them empty, as the text that is stored of them."""
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def label_of(connection: sa.Connection, name: str) -> sa.ColumnElement[str]:
    """Return the value of a series' label, in a query; NULL where it has none."""
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(series.c.labels, f"$.{json.dumps(name)}")
    found: sa.ColumnElement[str] = sa.cast(series.c.labels, sa.JSON)[name].as_string()
    return found


class SeriesBook:
    """Numbers the series of one generation; shared by the threads that land into it.

    A transaction works in a copy of its own, and only what was committed is learned from it: a number that was given
    in a transaction that failed may be given again, to another series.
    """

    def __init__(self, generation: int, measures: Iterable[Measure]) -> None:
        self.generation = generation
        self._measures = {measure.key: measure for measure in measures} | edge_measures()
        self._numbers: dict[SeriesKey, int] = {}
        self._is_distinct: dict[int, bool] = {}
        self._edges: dict[int, int] = {}
        self._keys: dict[int, str] = {}

    def copy(self) -> SeriesBook:
        """Return a copy for one transaction, taken while the generation is locked for writing."""
        mine = SeriesBook(self.generation, self._measures.values())
        mine.learn(self)
        return mine

    def learn(self, committed: SeriesBook) -> None:
        """Take over what a transaction's copy knows, after the commit."""
        # Each update is one step for other threads.
        self._numbers.update(committed._numbers)
        self._is_distinct.update(committed._is_distinct)
        self._edges.update(committed._edges)
        self._keys.update(committed._keys)

    def numbers(self, connection: sa.Connection, keys: Iterable[SeriesKey]) -> dict[SeriesKey, int]:
        """Return the number of each key, creating the series that are new."""
        missing = set(keys) - self._numbers.keys()
        if missing:
            self._load(connection)
            for key in sorted(missing - self._numbers.keys()):
                self._create(connection, key)
        return self._numbers

    def is_distinct(self, connection: sa.Connection, number: int) -> bool:
        """Return whether a series counts distinct subjects."""
        if number not in self._is_distinct:
            self._load(connection)
        return self._is_distinct[number]

    def edge(self, number: int) -> int:
        """Return what a distinct series adds to the reasons for which its subjects are customers; 0 for others."""
        return self._edges[number]

    def note_changes(self, connection: sa.Connection, places: Iterable[tuple[int, int]]) -> None:
        """Say in the same transaction which (series, part) changed; see `kpitaps.store.reading.Edition`."""
        changed = set(places)
        if {number for number, _ in changed} - self._keys.keys():
            self._load(connection)
        bulk.add_editions(connection, self.generation, {(self._keys[number], part) for number, part in changed})

    def _create(self, connection: sa.Connection, key: SeriesKey) -> None:
        measure = self._measures[key[0]]
        row = {
            "generation_id": self.generation,
            "measure": measure.key,
            "unit": measure.unit.value,
            "kind": measure.kind.value,
            "labels": labels_json(measure, key[1]),
            "currency": key[2],
        }
        number = connection.execute(sa.insert(series).values(row).returning(series.c.id)).scalar_one()
        self._numbers[key] = number
        self._note(number, measure.key, measure.kind)

    def _note(self, number: int, key: str, kind: str) -> None:
        self._is_distinct[number] = kind == Kind.DISTINCT
        self._edges[number] = EDGES.get(key, 0)
        self._keys[number] = key

    def _load(self, connection: sa.Connection) -> None:
        columns = (series.c.id, series.c.measure, series.c.kind, series.c.labels, series.c.currency)
        rows = connection.execute(sa.select(*columns).where(series.c.generation_id == self.generation))
        for number, key, kind, labels, currency in rows:
            self._note(number, key, kind)
            if measure := self._measures.get(key):
                values = json.loads(labels)
                self._numbers[key, tuple(values.get(name, "") for name in measure.labels), currency] = number
