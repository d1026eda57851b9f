"""How Teamleader reads a request: what it knows is applied, what it does not know is ignored without a word.

The sandbox notes what was ignored, so that a test can see it; the service itself answers 200.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpitaps_teamleader.sandbox_books import Books
    from kpitaps_teamleader.sandbox_shapes import Row

DEFAULT_SIZE = 20
LARGEST_SIZE = 100

Pair = tuple[str, Any]
"""A UUID and the thing that it names."""

Filter = Callable[[str, Any, Any], bool]
"""Whether a filter lets something through: its UUID, the thing, and the filter's value."""


class Refused(Exception):
    """The request cannot be answered: an HTTP status and a title."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status


@dataclass(slots=True)
class Ask:
    """One request.

    Attributes:
        books: The account's present.
        body: What was sent.
        unfiltered: Whether filters are to be skipped, to act out a fault.
        ignored: What the operation does not know.
    """

    books: Books
    body: Mapping[str, Any]
    unfiltered: bool = False
    ignored: list[str] = field(default_factory=list)

    def known(self, name: str, given: Iterable[str], known: Iterable[str]) -> list[str]:
        """Return those of the given keys that are known, and note the others."""
        accepted = set(known)
        self.ignored += [f"{name}{key}" for key in given if key not in accepted]
        return [key for key in given if key in accepted]


@dataclass(frozen=True, slots=True)
class Listing:
    """An operation that lists rows.

    Attributes:
        things: All that there is, in the order in which it is shown by default.
        shape: Turns one into a row, given the includes.
        filters: The filters that it knows.
        sorts: What each sort field sorts by.
        includes: What can be included.
        paged: Whether it has pages; otherwise it shows everything.
        meta: Whether it tells where it stands: ``always``, or where ``pagination`` is included.
        defaults: Filters that hold where nothing else is asked for.
        also: Further keys that the body may have.
    """

    things: Callable[[Ask], Iterable[Pair]]
    shape: Callable[[Books, str, Any, set[str]], Row]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    includes: frozenset[str] = frozenset()
    paged: bool = True
    meta: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    also: frozenset[str] = frozenset()

    def answer(self, ask: Ask) -> dict[str, Any]:
        """Return the body of the answer.

        Raises:
            Refused: for a page that cannot be.
        """
        accepted = {"filter", *(["page"] if self.paged else []), *(["sort"] if self.sorts else []), *self.also}
        ask.known("", ask.body, accepted | ({"includes"} if self.includes else set()))
        pairs = self._sorted(ask, self._filtered(ask))
        includes = set(ask.known("includes.", _words(ask.body.get("includes")), self.includes))
        size, number = _page(ask.body.get("page") or {}) if self.paged else (max(len(pairs), 1), 1)
        shown = pairs[(number - 1) * size : number * size]
        answer: dict[str, Any] = {"data": [self.shape(ask.books, key, thing, includes) for key, thing in shown]}
        if self.meta == "always" or (self.meta == "pagination" and "pagination" in includes):
            answer["meta"] = {"page": {"size": size, "number": number}, "matches": len(pairs)}
        return answer

    def _filtered(self, ask: Ask) -> list[Pair]:
        given = {**self.defaults, **(ask.body.get("filter") or {})}
        names = ask.known("filter.", given, self.filters)
        pairs = list(self.things(ask))
        for name in [] if ask.unfiltered else names:
            passes, value = self.filters[name], given[name]
            pairs = [(key, thing) for key, thing in pairs if passes(key, thing, value)]
        return pairs

    def _sorted(self, ask: Ask, pairs: list[Pair]) -> list[Pair]:
        for rule in reversed(ask.body.get("sort") or []):
            name = str(rule.get("field"))
            if name in self.sorts:
                value = self.sorts[name]
                pairs.sort(key=lambda pair: value(pair[1]), reverse=rule.get("order") == "desc")
            elif self.sorts:
                ask.ignored.append(f"sort.{name}")
        return pairs


@dataclass(frozen=True, slots=True)
class Detail:
    """An operation that shows one thing, by its id.

    Attributes:
        things: All that there is, by UUID.
        shape: Turns it into the answer's body.
        also: Further keys that the body may have.
    """

    things: Callable[[Books], Mapping[str, Any]]
    shape: Callable[[Ask, str, Any], dict[str, Any]]
    also: frozenset[str] = frozenset()

    def answer(self, ask: Ask) -> dict[str, Any]:
        """Return the body of the answer.

        Raises:
            Refused: if there is no such thing.
        """
        ask.known("", ask.body, {"id", *self.also})
        key = str(ask.body.get("id"))
        thing = self.things(ask.books).get(key)
        if thing is None:
            raise Refused(404, "The requested resource does not exist")
        return self.shape(ask, key, thing)


@dataclass(frozen=True, slots=True)
class Fixed:
    """An operation that takes nothing and shows one thing.

    Attributes:
        shape: Returns it.
    """

    shape: Callable[[Books], Row]

    def answer(self, ask: Ask) -> dict[str, Any]:
        """Return the body of the answer."""
        ask.known("", ask.body, ())
        return {"data": self.shape(ask.books)}


def _page(page: Mapping[str, Any]) -> tuple[int, int]:
    size, number = int(page.get("size", DEFAULT_SIZE)), int(page.get("number", 1))
    if not 1 <= size <= LARGEST_SIZE or number < 1:
        raise Refused(400, f"page.size must be between 1 and {LARGEST_SIZE}")
    return size, number


def _words(text: Any) -> list[str]:
    return [word.strip() for word in str(text or "").split(",") if word.strip()]
