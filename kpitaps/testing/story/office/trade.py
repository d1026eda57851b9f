"""What is sold and in which currency, and what a document comes to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps.testing.story.catalogue import CURRENCIES, NEIGHBOURS
from kpitaps.testing.story.money import rounded
from kpitaps.testing.story.office.ledgers import Client
from kpitaps.testing.story.office_events import ClientAdded, InvoiceLine, Sum
from kpitaps.testing.story.pricing import RATE_SCALE, exchange_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.office.desk import Desk
    from kpitaps.testing.story.office.tables import Ware

_MICRO = Decimal("0.000001")
_ABROAD = 0.08
_NEIGHBOURING = 0.12


def money(desk: Desk, cents: int, currency: str) -> Sum:
    """Return an amount with today's exchange rate, in six decimals."""
    home = desk.founding.currency
    if currency == home:
        return Sum(cents, currency)
    rate = Decimal(RATE_SCALE) / exchange_rate(home, currency, desk.today)
    return Sum(cents, currency, rate.quantize(_MICRO))


def add_client(desk: Desk, name: str, lead: int | None) -> Client:
    """Enter a company to do business with; some are in the next country, some pay in another currency."""
    client = Client(desk.next_id(), name, *_where(desk))
    desk.ledgers.clients.append(client)
    desk.tell(ClientAdded(desk.now, client.id, client.name, client.country, lead))
    return client


def lines(desk: Desk, client: Client, wares: Iterable[Ware], cents: int) -> tuple[InvoiceLine, ...]:
    """Return lines of ``wares`` that come to about so many cents together; abroad without VAT."""
    chosen = list(wares)
    return tuple(
        _line(
            desk.founding, client, ware, max(1, round(cents / len(chosen) / ware.cents * desk.dice.uniform(0.6, 1.4)))
        )
        for ware in chosen
    )


def part(whole: Sequence[InvoiceLine], percent: int) -> tuple[InvoiceLine, ...]:
    """Return so many percent of each line."""
    return tuple(
        InvoiceLine(line.product, line.quantity, rounded(line.excl * percent, 100), line.vat_percent) for line in whole
    )


def totals(of: Iterable[InvoiceLine]) -> tuple[int, int]:
    """Return cents without and with VAT, which is rounded per line."""
    excl = vat = 0
    for line in of:
        excl += line.excl
        vat += rounded(line.excl * line.vat_percent, 100)
    return excl, excl + vat


def _line(founding: Founding, client: Client, ware: Ware, quantity: int) -> InvoiceLine:
    percent = ware.vat_percent if client.country == founding.home else 0
    return InvoiceLine(ware.name, quantity, ware.cents * quantity, percent)


def _where(desk: Desk) -> tuple[str, str]:
    founding, kind = desk.founding, desk.dice.random()
    if kind < _ABROAD:
        currency = desk.dice.choice([code for code in ("EUR", "GBP", "USD") if code != founding.currency])
        return CURRENCIES[currency].country, currency
    if kind < _ABROAD + _NEIGHBOURING:
        return desk.dice.choice(NEIGHBOURS.get(founding.home, ("DE",))), founding.currency
    return founding.home, founding.currency
