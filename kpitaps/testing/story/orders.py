"""How an order comes about: who, what, from where, and in which currency."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.testing.story.catalogue import ARTICLES, CURRENCIES, GIFT_CARD_CENTS, NEIGHBOURS, WEIGHTS, Article
from kpitaps.testing.story.events import OrderPlaced
from kpitaps.testing.story.money import add_up
from kpitaps.testing.story.pricing import Basket, Terms, exchange_rate, price_lines, price_shipping

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from kpitaps.testing.story.books import Books, Founding
    from kpitaps.testing.story.events import Line
    from kpitaps.testing.story.money import Amounts

_GUESTS = {"web": 0.13, "pos": 0.4, "draft": 0.05}
_RETURNING = 0.42
_SHIPPING_TAX = 21
_FREE_FROM = 5_000


class Deal(NamedTuple):
    """What an order and its later changes share."""

    terms: Terms
    is_taxed: bool


class Buyer(NamedTuple):
    """From where an order comes."""

    channel: str
    country: str | None
    currency: str
    is_taxed: bool


def place_order(shop: Founding, books: Books, rng: Random, at: datetime) -> tuple[OrderPlaced, Deal]:
    """Return a new order at ``at`` and the terms under which it was made."""
    buyer = _buyer(shop, rng)
    rate = exchange_rate(shop.currency, buyer.currency, at.astimezone(shop.zone).date())
    with_tax = buyer.is_taxed and rng.random() < (0.15 if buyer.channel == "draft" else 0.97)
    discount = rng.choices((0, 10, 15, 25, 100), (790, 125, 55, 25, 5))[0]
    deal = Deal(Terms(rate, with_tax, discount), buyer.is_taxed)
    order = books.next_id()
    lines = price_lines(_baskets(books, rng, deal, buyer.channel), deal.terms)
    customer = None if rng.random() < _GUESTS[buyer.channel] else books.customer(rng, _RETURNING)
    is_import = rng.random() < 0.01
    return OrderPlaced(
        at=at,
        order=order,
        name=books.next_order(),
        processed_at=at - timedelta(seconds=rng.randint(86_400, 20 * 86_400)) if is_import else at,
        customer=customer,
        customer_order=0 if customer is None else books.visits[customer],
        channel=buyer.channel,
        country=buyer.country,
        currency=shop.currency,
        presentment_currency=buyer.currency,
        taxes_included=with_tax,
        is_test=rng.random() < 0.01,
        lines=lines,
        shipping=_shipping(shop, buyer, deal, lines),
    ), deal


def another_line(books: Books, rng: Random, deal: Deal) -> Line:
    """Return a line that an edit adds to an order: full price, the order's own exchange rate."""
    return price_lines([_basket(books, _pick(rng, 1)[0], deal, 1)], deal.terms._replace(discount_percent=0))[0]


def _buyer(shop: Founding, rng: Random) -> Buyer:
    channel = rng.choices(("web", "pos", "draft"), (91, 6, 3))[0]
    if channel == "pos":
        return Buyer(channel, None, shop.currency, is_taxed=True)
    if rng.random() < 0.055:
        code = rng.choice([code for code in CURRENCIES if code != shop.currency])
        return Buyer(channel, CURRENCIES[code].country, code, CURRENCIES[code].is_taxed)
    abroad = NEIGHBOURS.get(shop.home, ("GB", "DE"))
    country = rng.choices((shop.home, *abroad), (80, 14, 6))[0]
    return Buyer(channel, country, shop.currency, is_taxed=True)


def _baskets(books: Books, rng: Random, deal: Deal, channel: str) -> list[Basket]:
    kind = rng.random()
    card = Basket(books.next_id(), "Cadeaubon", "", 1, rng.choice(GIFT_CARD_CENTS), 0, is_gift_card=True)
    if kind < 0.005:
        return [card]
    many = kind > (0.7 if channel == "draft" else 0.982)
    size = rng.randint(12, 40) if many else rng.choices((1, 2, 3, 4, 5), (38, 30, 18, 9, 5))[0]
    quantities = rng.choices((1, 2, 3, 6), (66, 23, 8, 3), k=size)
    articles = _pick(rng, size)
    baskets = [_basket(books, each, deal, units) for each, units in zip(articles, quantities, strict=True)]
    return [*baskets, card] if kind < 0.01 else baskets


def _pick(rng: Random, size: int) -> list[Article]:
    return rng.choices(ARTICLES, WEIGHTS, k=size)


def _basket(books: Books, article: Article, deal: Deal, quantity: int) -> Basket:
    percent = article.tax_percent if deal.is_taxed else 0
    return Basket(books.next_id(), article.title, article.variant, quantity, article.cents, percent)


def _shipping(shop: Founding, buyer: Buyer, deal: Deal, lines: tuple[Line, ...]) -> Amounts | None:
    if buyer.country is None or all(line.is_gift_card for line in lines):
        return None
    goods = add_up(line.amounts.total for line in lines).shop
    if buyer.country == shop.home:
        cents = 0 if goods >= _FREE_FROM or deal.terms.discount_percent == 100 else 495
    else:
        cents = 795 if buyer.currency == shop.currency else 1_295
    return price_shipping(cents, _SHIPPING_TAX if deal.is_taxed else 0, deal.terms) if cents else None
