"""What a list is asked for, and how its pages look.

A server page has 60 rows, at sync and bulk endpoints 1,000. `$top` is a cap on all pages together. The next page is
found by what the last row was sorted by. The body is a plain list where all that was asked for fits on one page, else
an object. Seen in recordings: https://github.com/NangoHQ/integration-templates/pull/566
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from kpitaps_exact_online.sandbox_filters import Condition, condition
from kpitaps_exact_online.sandbox_literals import literals, written
from kpitaps_exact_online.sandbox_wire import Refused, on_wire

if TYPE_CHECKING:
    from kpitaps_exact_online.sandbox_wire import Fields

PAGE = 60
LONG_PAGE = 1_000
_OPTIONS = ("$select", "$filter", "$orderby", "$top", "$skiptoken", "$inlinecount")

Rows = Callable[[Any, int], Iterable[Any]]
"""Gives the things that a list shows: those of a version and later ones, in order, or all in any order."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A list of the API.

    Attributes:
        path: Below ``/api/v1/{division}/``.
        fields: What it shows.
        rows: Its things.
        key: The property that tells them apart.
        page: Rows on a page.
        by_version: Whether its order is that of `Timestamp`: a sync endpoint.
        demands: Which query options it cannot be asked without: any one of them.
        arguments: What a function is given besides.
        function: Gives the things of a function, from its arguments.
    """

    path: str
    fields: Fields
    rows: Rows = lambda _books, _least: ()
    key: str = "ID"
    page: int = PAGE
    by_version: bool = False
    demands: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    function: Callable[[Any, Mapping[str, str]], Iterable[Any]] | None = None

    @property
    def order(self) -> list[tuple[str, bool]]:
        """What it is sorted by where nothing is asked for, and whether from the end."""
        return [*([("Timestamp", False)] if self.by_version else []), (self.key, False)]


class Query:
    """One request for a list.

    Args:
        entity: Of which list.
        asked: The query, decoded.

    Raises:
        Refused: for what Exact Online does not understand, or demands.
    """

    def __init__(self, entity: Entity, asked: Mapping[str, str]) -> None:
        self.entity = entity
        self.asked = asked
        self.ignored = [name for name in asked if not name.startswith("$") and name not in entity.arguments]
        for name in asked:
            if name.startswith("$") and name not in _OPTIONS:
                raise Refused(400, f"The query parameter '{name}' is not supported.")
        if entity.demands and not any(asked.get(name) for name in entity.demands):
            raise Refused(400, f"Please add a {' or a '.join(entity.demands)} statement to the request.")
        self.top = _top(asked.get("$top"))
        self.selected = self._selected(asked.get("$select", ""))
        self._condition = condition(asked["$filter"], entity.fields) if asked.get("$filter") else _ANYTHING
        self._order = self._sorted_by(asked.get("$orderby", ""))
        # https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=SyncDeleted
        if entity.by_version and (self._condition.fields - {"Timestamp"} or self._order != entity.order):
            raise Refused(400, "Only the Timestamp is allowed as parameter of a sync endpoint.")

    def answer(self, books: Any, url: str, *, loses_next: bool = False) -> dict[str, Any]:
        """Return the body of the answer.

        Args:
            books: What the division holds.
            url: The address that was asked, without its query.
            loses_next: Whether the address of the next page is left out if the key is not selected.
        """
        rows = self._rows(books)
        counts = self.asked.get("$inlinecount") == "allpages"
        found = self._in_order(books, (row for row in rows if self._condition.test(books, row)))
        total: dict[str, str] = {}
        if counts:
            found = list(found)
            total = {"__count": str(len(found))}
        room = self.entity.page if self.top is None else min(self.entity.page, self.top)
        page = list(islice(self._after_token(books, found), room + 1))
        shown, more = page[:room], len(page) > room and room != self.top
        results = [self._row(books, row) for row in shown]
        if self.top is not None and self.top <= self.entity.page and not counts:
            return {"d": results}
        body: dict[str, Any] = {**total, "results": results}
        if more and not (loses_next and self.entity.key not in self.selected):
            body["__next"] = self._next(books, shown[-1], url)
        return {"d": body}

    def one(self, books: Any, key: str) -> dict[str, Any]:
        """Return the body that shows one thing.

        Raises:
            Refused: if there is none with this key.
        """
        read = self.entity.fields[self.entity.key].read
        row = next((row for row in self._rows(books) if str(read(books, row)).lower() == key.lower()), None)
        if row is None:
            raise Refused(404, "Resource not found for the segment.")
        return {"d": self._row(books, row)}

    def _rows(self, books: Any) -> Iterable[Any]:
        if self.entity.function:
            return self.entity.function(books, self.asked)
        offset = books.numbering.offset if self.entity.by_version else 0
        return self.entity.rows(books, self._condition.least + offset)

    def _row(self, books: Any, row: Any) -> dict[str, Any]:
        fields = self.entity.fields
        return {name: on_wire(fields[name].kind, fields[name].read(books, row)) for name in self.selected}

    def _selected(self, text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        for name in names:
            if name != "*" and name not in self.entity.fields:
                raise Refused(400, f"Could not find a property named '{name}' on type '{self.entity.path}'.")
        return list(self.entity.fields) if not names or "*" in names else names

    def _sorted_by(self, text: str) -> list[tuple[str, bool]]:
        order = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, direction = part.partition(" ")
            if name not in self.entity.fields or direction.strip() not in ("", "asc", "desc"):
                raise Refused(400, f"No property '{part}' exists in this type at position 0.")
            order.append((name, direction.strip() == "desc"))
        if not order:
            return self.entity.order
        return order if any(name == self.entity.key for name, _ in order) else [*order, (self.entity.key, False)]

    def _in_order(self, books: Any, rows: Iterable[Any]) -> Iterable[Any]:
        if self.entity.by_version:
            return rows
        found = list(rows)
        for name, is_reversed in reversed(self._order):
            read = self.entity.fields[name].read
            found.sort(key=lambda row, read=read: _rank(read(books, row)), reverse=is_reversed)  # type: ignore[misc]
        return found

    def _after_token(self, books: Any, rows: Iterable[Any]) -> Iterable[Any]:
        if not (token := self.asked.get("$skiptoken")):
            return rows
        given = [literal.value for literal in literals(token)]
        if len(given) != len(self._order):
            raise Refused(400, f"The skip token '{token}' does not fit the order of the rows.")

        def is_shown(row: Any) -> bool:
            for (name, is_reversed), value in zip(self._order, given, strict=True):
                own, its = _rank(self.entity.fields[name].read(books, row)), _rank(value)
                if own != its:
                    return (own > its) == is_reversed
            return True

        return dropwhile(is_shown, rows)

    def _next(self, books: Any, last: Any, url: str) -> str:
        fields = self.entity.fields
        token = ",".join(written(fields[name].kind, fields[name].read(books, last)) for name, _ in self._order)
        query = {name: value for name, value in self.asked.items() if name not in ("$top", "$skiptoken")}
        if self.top is not None:
            query["$top"] = str(self.top - self.entity.page)
        return f"{url}?{urlencode({**query, '$skiptoken': token}, safe='$,()', quote_via=quote)}"


_ANYTHING = Condition(lambda _books, _thing: True)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal():
        raise Refused(400, f"Incorrect format for $top argument '{text}'.")
    return int(text)


def _rank(value: Any) -> tuple[bool, Any]:
    """Nothing comes before everything."""
    return (value is not None, value if value is not None else 0)
