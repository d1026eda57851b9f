"""Open items as Exact Online keeps them: one row per invoice or payment, split where a part of it is matched.

``EndDate`` is the latest invoice date of all that was matched together:
https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=SyncCashflowPaymentTerms
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import CASH_FLOW
from kpitaps_exact_online.sandbox_ledger import TERMS_DELETED, Entry, Graveyard, Ledger, Line
from kpitaps_exact_online.sandbox_versions import Table, version_of
from kpitaps_exact_online.sandbox_wire import uid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from kpitaps.testing.story.book_events import BookLine, ItemsMatched

RECEIVABLE, PAYABLE = 20, 22
"""Types of ledger accounts, and values of ``LineType``."""


@dataclass(frozen=True, slots=True)
class End:
    """When something stopped being open, and by which payment at the latest."""

    on: date
    year: int
    period: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class Content:
    """What a row says: it has changed where this has.

    Attributes:
        line: What it is of.
        facts: What it shows of its entry.
        cents: How much, signed as booked.
        end: Of what was matched; None for what is open.
    """

    line: BookLine
    facts: tuple[date, int, int, int]
    cents: int
    end: End | None


@dataclass(slots=True)
class Term:
    """A row."""

    key: str
    version: int
    line: Line
    content: Content
    created: datetime
    modified: datetime

    @property
    def entry(self) -> Entry:
        """Of which entry."""
        return self.line.entry

    @property
    def type(self) -> int:
        """RECEIVABLE or PAYABLE."""
        return self.line.gl.type

    @property
    def end(self) -> End | None:
        """When it was matched; None while it is open."""
        return self.content.end

    @property
    def cents(self) -> int:
        """How much is to come in or to go out: invoices are positive on both sides."""
        return self._turned(self.content.cents)

    @property
    def whole_cents(self) -> int:
        """The same of the line that it is a part of."""
        return self._turned(self.line.line.cents)

    def _turned(self, cents: int) -> int:
        return cents if self.type == RECEIVABLE else -cents


class Terms:
    """The rows.

    Args:
        ledger: What they are of.
        graveyard: Where they go.
    """

    def __init__(self, ledger: Ledger, graveyard: Graveyard) -> None:
        self._ledger = ledger
        self._graveyard = graveyard
        self.table: Table[Term] = Table()
        self._matches: defaultdict[int, list[ItemsMatched]] = defaultdict(list)
        self._shown: defaultdict[int, set[str]] = defaultdict(set)

    def match(self, event: ItemsMatched) -> None:
        """Take in that items were matched."""
        for line, _ in event.parts:
            self._matches[line].append(event)
        self.refresh([line for line, _ in event.parts], event.at)

    def refresh(self, touched: Iterable[int], at: datetime) -> None:
        """Show anew what lines have to do with that have changed, and what was matched with them."""
        together = {line for id_ in touched for match in self._matches[id_] for line, _ in match.parts}
        for line in sorted(together | set(touched)):
            self._show(line, at)

    def _show(self, id_: int, at: datetime) -> None:
        wanted = self._wanted(id_)
        for key in sorted(self._shown[id_] - wanted.keys()):
            self.table.drop(key)
            self._graveyard.bury(TERMS_DELETED, key, at)
        self._shown[id_] = set(wanted)
        for key, content in wanted.items():
            old = self.table.rows.get(key)
            if old is None or old.content != content:
                version = version_of(at, key, old.version if old else 0)
                created = old.created if old else at
                self.table.put(Term(key, version, self._ledger.by_id[id_], content, created, at))
            else:
                old.line = self._ledger.by_id[id_]

    def _wanted(self, id_: int) -> dict[str, Content]:
        """Return what is to be shown of a line: its matched parts, then the rest under the key of the whole."""
        if not self._is_item(id_):
            return {}
        line = self._ledger.by_id[id_]
        entry = line.entry
        facts = (entry.on, entry.year, entry.period, entry.status)
        valid = [match for match in self._matches[id_] if all(self._is_item(other) for other, _ in match.parts)]
        parts = [(match.match, cents, self._end(match)) for match in valid for own, cents in match.parts if own == id_]
        rest = line.line.cents - sum(cents for _, cents, _ in parts)
        whole = uid("term", id_)
        rows = {
            # What closes an item takes its row; what came before was split off.
            whole if not rest and place == len(parts) else uid("term", f"{id_}/{match}"): Content(
                line.line, facts, cents, end
            )
            for place, (match, cents, end) in enumerate(parts, 1)
        }
        return rows if whole in rows else {**rows, whole: Content(line.line, facts, rest, None)}

    def _end(self, match: ItemsMatched) -> End:
        entries = [self._ledger.by_id[line].entry for line, _ in match.parts]
        on = max(entry.on for entry in entries)
        year, period = max((entry.year, entry.period) for entry in entries)
        return End(on, year, period, max((e.on for e in entries if e.kind == CASH_FLOW), default=on))

    def _is_item(self, id_: int) -> bool:
        line = self._ledger.by_id.get(id_)
        return line is not None and line.gl.type in (RECEIVABLE, PAYABLE) and not line.entry.is_closing
