"""What the author API refuses, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from kpitaps import VOCABULARY, Account, Advice, Flag, Quality, Record, Secret, Settings, Tap, TapBug, setting

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2025, 3, 1)
AWARE = datetime(2025, 3, 1, 12, tzinfo=UTC)
NAIVE = datetime(2025, 3, 1, 12)  # noqa: DTZ001 - that is the point
REVENUE, ORDERS, BUYERS, DEALS, CYCLE = (
    VOCABULARY[key] for key in ("revenue", "orders", "buyers", "pipeline_value", "sales_cycle")
)
TEXTS = {"dated_by": "sale", "en": ("Mugs", "Mugs sold."), "nl": ("Mokken", "Verkochte mokken.")}

Act = "Callable[[], object]"


class Plain(Settings):
    """Settings without any."""


def a_tap(name: str = "acme", **more: Any) -> Tap:
    terms: dict[str, Any] = {"title": "Acme", "settings": Plain, "api": 1, "base_url": "https://acme.example"}
    return Tap(name, **{"hosts": ["acme.example"], **terms, **more})


def stream(kind: str = "records", name: Any = "sales", **more: Any) -> object:
    terms: dict[str, dict[str, Any]] = {
        "records": {"feeds": [ORDERS], "every": "1h", "history": "1y"},
        "periods": {"feeds": [ORDERS], "every": "1h", "history": "1y", "settles": "3d"},
        "snapshot": {"feeds": [DEALS], "every": "1h"},
    }
    return getattr(a_tap(), kind)(name, **{**terms[kind], **more})


def twice(tap: Tap) -> object:
    for _ in range(2):
        tap.records("sales", feeds=[ORDERS], every="1h", history="1y")(list)
    return None


def with_helpless_setting() -> object:
    class Helpless(Settings):
        shop: str

    return Helpless


def checked_twice(*kinds: str) -> object:
    tap = a_tap()
    terms: dict[str, dict[str, Any]] = {
        "check": {"of": [ORDERS]},
        "records": {"feeds": [ORDERS], "every": "1h", "history": "1y"},
    }
    for kind in kinds:
        getattr(tap, kind)("books", **terms[kind])(list)
    return None


def with_pattern_on_a_secret() -> object:
    class Patterned(Settings):
        token: Secret = setting("Token", help="From the admin", pattern="tok_.*")

    return Patterned


RECORDS: dict[str, tuple[Act, str]] = {
    "empty key": (lambda: Record(""), "a record's key is the source's own id as text, not ''"),
    "number as key": (lambda: Record(7), "a record's key is the source's own id as text, not 7"),
    "naive clock": (lambda: Record("a", NAIVE), "record a: updated_at 2025-03-01T12:00:00 has no UTC offset"),
    "text as clock": (
        lambda: Record("a", "2025-03-01T12:00:00Z"),
        "record a: updated_at is a time with a UTC offset, not '2025-03-01T12:00:00Z'",
    ),
    "time and number": (
        lambda: Record("a", AWARE, revision=1),
        "record a has an updated_at and a revision: give it the one that its source compares by",
    ),
    **{
        f"revision {wrong!r}": (
            lambda wrong=wrong: Record("a", revision=wrong),
            f"record a: its revision is a whole number from 0 to 2**63 - 1, not {wrong!r}",
        )
        for wrong in (-1, True, 2**63, "7", 1.0)
    },
    "change of a flow": (
        lambda: Record("a").change(ORDERS, DAY, 1),
        "orders is a flow: change() is for levels, add() for the rest",
    ),
    "member of a flow": (
        lambda: Record("a").member(ORDERS, DAY, "x"),
        "orders is a flow: member() is for distinct measures",
    ),
    "nobody": (
        lambda: Record("a").member(BUYERS, DAY, ""),
        "buyers: whom the record counts is the source's own id as text, not ''",
    ),
    "number as somebody": (
        lambda: Record("a").member(BUYERS, DAY, 7),
        "buyers: whom the record counts is the source's own id as text, not 7",
    ),
    "naive day of a member": (
        lambda: Record("a").member(BUYERS, NAIVE, "x"),
        "buyers: 2025-03-01T12:00:00 has no UTC offset: read it in the zone the vendor documents",
    ),
    "deleted after adding": (
        lambda: Record("a").add(ORDERS, DAY, 1).deleted(),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "adding after deleted": (
        lambda: Record("a").deleted().add(ORDERS, DAY, 1),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "adding after unchanged": (
        lambda: Record("a", version="1").unchanged().add(ORDERS, DAY, 1),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "unchanged after a customer": (
        lambda: Record("a").customer("ann", DAY).unchanged(),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "deleted after a customer": (
        lambda: Record("a").customer("ann", DAY).deleted(),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "a customer after deleted": (
        lambda: Record("a").deleted().customer("ann", DAY),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
    "number as version": (lambda: Record("a", version=7), "record a: its version is a text, not 7"),
    "nobody as customer": (
        lambda: Record("a").customer("", DAY),
        "customers: whom the record counts is the source's own id as text, not ''",
    ),
    "naive first day of a customer": (
        lambda: Record("a").customer("ann", NAIVE),
        "customers: 2025-03-01T12:00:00 has no UTC offset: read it in the zone the vendor documents",
    ),
    "text as last day of a customer": (
        lambda: Record("a").customer("ann", DAY, "2025-03-02"),
        "customers: '2025-03-02' is neither a date nor a time",
    ),
    "counting after deleted": (
        lambda: Record("a").deleted().member(BUYERS, DAY, "x"),
        "record a can only be one of three: deleted, unchanged, or contributing",
    ),
}

ENTRIES: dict[str, tuple[Act, str]] = {
    "distinct": (
        lambda: BUYERS.on(DAY, 1),
        "buyers counts distinct subjects: use Record.member(), which takes who is counted",
    ),
    "duration without n": (lambda: CYCLE.on(DAY, 60), "sales_cycle is a duration: it needs of="),
    "flow with n": (lambda: ORDERS.on(DAY, 1, of=2), "orders is a flow: it takes no of="),
    "unknown label": (
        lambda: REVENUE.on(DAY, 1, colour="red"),
        "revenue has no label 'colour': declared are product, rep",
    ),
    "number as label": (
        lambda: REVENUE.on(DAY, 1, rep=7),
        "revenue: label rep is 7; a label value is text",
    ),
    "currency of a count": (
        lambda: ORDERS.on(DAY, 1, currency="EUR"),
        "orders is measured in count: 'EUR' is no currency for it",
    ),
    "no currency": (
        lambda: REVENUE.on(DAY, 1, currency="euro"),
        "revenue is measured in money: 'euro' is no currency for it",
    ),
    "text as day": (
        lambda: ORDERS.on("2025-03-01", 1),
        "orders: '2025-03-01' is neither a date nor a time",
    ),
    "naive day": (
        lambda: ORDERS.on(NAIVE, 1),
        "orders: 2025-03-01T12:00:00 has no UTC offset: read it in the zone the vendor documents",
    ),
    "float": (
        lambda: REVENUE.on(DAY, 12.5),
        (
            "revenue: 12.5 is a float; pass a Decimal, an int or a decimal string, because a float cannot hold money "
            "exactly"
        ),
    ),
}

TAPS: dict[str, tuple[Act, str]] = {
    "name": (
        lambda: a_tap("Acme-Shop"),
        "tap name 'Acme-Shop': use up to 40 lower case letters, digits and underscores",
    ),
    "settings": (
        lambda: a_tap(settings=dict),
        "tap acme: settings must be a class derived from kpitaps.Settings",
    ),
    "one host": (lambda: a_tap(hosts="acme.example"), "tap acme: hosts is a list, not 'acme.example'"),
    "misspelt measure": (
        lambda: a_tap().measure("revenu"),
        (
            "tap acme: measure 'revenu' is not in the shared vocabulary; "
            "to declare your own, call it acme_revenu and give its unit"
        ),
    ),
    "own measure without prefix": (
        lambda: a_tap().measure("mugs", unit="count", **TEXTS),
        "tap acme: its own measure 'mugs' must be called acme_mugs",
    ),
    "vocabulary measure made one's own": (
        lambda: a_tap().measure("revenue", unit="count", **TEXTS),
        "tap acme: its own measure 'revenue' must be called acme_revenue",
    ),
    "own measure without texts": (
        lambda: a_tap().measure("acme_mugs", unit="count"),
        "tap acme: measure acme_mugs needs dated_by, en=(name, definition) and nl=(…)",
    ),
    "text for a pair of texts": (
        lambda: a_tap().measure("acme_mugs", unit="count", **{**TEXTS, "en": "Mugs"}),
        "tap acme: measure acme_mugs needs dated_by, en=(name, definition) and nl=(…)",
    ),
    "unit": (
        lambda: a_tap().measure("acme_mugs", unit="pieces", **TEXTS),
        "tap acme: measure acme_mugs: 'pieces' is not a valid Unit",
    ),
    "kind": (
        lambda: a_tap().measure("acme_mugs", unit="count", kind="gauge", **TEXTS),
        "tap acme: measure acme_mugs: 'gauge' is not a valid Kind",
    ),
    "key that is no name": (
        lambda: a_tap().measure("acme_Mugs-sold", unit="count", **TEXTS),
        "tap acme: measure acme_Mugs-sold: use up to 100 lower case letters, digits and underscores",
    ),
    "text for labels": (
        lambda: a_tap().measure("acme_mugs", unit="count", labels="colour", **TEXTS),
        "tap acme: measure acme_mugs: labels is a list, not 'colour'",
    ),
    "label of Prometheus": (
        lambda: a_tap().measure("acme_mugs", unit="count", labels=["job"], **TEXTS),
        (
            "tap acme: measure acme_mugs: 'job' cannot be a label: use lower case, and none of "
            "amount, company, currency, day, instance, job, kpi, of, who, window"
        ),
    ),
}

STREAMS: dict[str, tuple[Act, str]] = {
    "name": (
        lambda: stream(name="Sales 2"),
        "tap acme: stream name 'Sales 2': use up to 40 lower case letters, digits and underscores",
    ),
    "reserved name": (
        lambda: stream(name="account"),
        "tap acme: stream account: this name stands for the account itself, choose another",
    ),
    "twice": (lambda: twice(a_tap()), "tap acme declares the stream sales twice"),
    "feeds nothing": (lambda: stream(feeds=[]), "tap acme: stream sales feeds no measure"),
    "feeds one measure": (
        lambda: stream(feeds="orders"),
        "tap acme: what stream sales feeds is a list, not 'orders'",
    ),
    "feeds a name": (
        lambda: stream(feeds=["orders"]),
        "tap acme: stream sales feeds 'orders', which is no measure: declare it with tap.measure()",
    ),
    "snapshot of a flow": (
        lambda: stream("snapshot", feeds=[ORDERS]),
        "tap acme: stream sales feeds orders, a flow: a snapshot only knows levels",
    ),
    "interval": (
        lambda: stream("periods", every="hourly"),
        "'hourly' is not a duration: write a number and one of s, m, h, d, w, y, such as '15m'",
    ),
    "no interval": (
        lambda: stream(every="0s"),
        "tap acme: stream sales would be read without a pause: give every= a time",
    ),
    "slice of nothing": (
        lambda: stream(slice_limit=0),
        "tap acme: stream sales: a slice holds at least one record, not 0",
    ),
}

CHECKS: dict[str, tuple[Act, str]] = {
    "name": (
        lambda: a_tap().check("My books", of=[ORDERS]),
        "tap acme: check name 'My books': use up to 40 lower case letters, digits and underscores",
    ),
    "reserved name": (
        lambda: a_tap().check("account", of=[ORDERS]),
        "tap acme: check account: this name stands for the account itself, choose another",
    ),
    "of nothing": (
        lambda: a_tap().check("books", of=[]),
        "tap acme: check books looks at no measure: name some in of=",
    ),
    "of one measure": (
        lambda: a_tap().check("books", of=ORDERS),
        f"tap acme: check books: of is a list, not {ORDERS!r}",
    ),
    "of a name": (
        lambda: a_tap().check("books", of=["orders"]),
        "tap acme: check books looks at 'orders', which is no measure: declare it with tap.measure()",
    ),
    "no interval": (
        lambda: a_tap().check("books", of=[ORDERS], every="0s"),
        "tap acme: check books would be run without a pause: give every= a time",
    ),
    "twice": (lambda: checked_twice("check", "check"), "tap acme declares the check books twice"),
    "a stream's name": (
        lambda: checked_twice("records", "check"),
        "tap acme: check books: a stream has this name, choose another",
    ),
    "a check's name": (
        lambda: checked_twice("check", "records"),
        "tap acme: stream books: a check has this name, choose another",
    ),
}

ACCOUNTS: dict[str, tuple[Act, str]] = {
    "no id": (
        lambda: Account("", "Acme", "Europe/Amsterdam", "EUR"),
        "an account's id is the source's own, a text of up to 200 characters, not ''",
    ),
    "number as id": (
        lambda: Account(7, "Acme", "Europe/Amsterdam", "EUR"),
        "an account's id is the source's own, a text of up to 200 characters, not 7",
    ),
    **{
        f"zone {zone!r}": (
            lambda zone=zone: Account("1", "Acme", zone, "EUR"),
            f"account 1: {zone!r} is no IANA time zone",
        )
        for zone in ("", None, "Amsterdam", "Europe", "../UTC", "GMT+1 (Berlin)")
    },
    **{
        f"currency {currency!r}": (
            lambda currency=currency: Account("1", "Acme", "UTC", currency),
            f"account 1: {currency!r} is no ISO 4217 currency code",
        )
        for currency in ("", None, "eur", "EURO", "E1R", "ÉÉÉ")
    },
    "number as epoch": (
        lambda: Account("1", "Acme", "UTC", "EUR", epoch=7),
        "account 1: its epoch is a text, not 7",
    ),
    "advice without a code": (
        lambda: Advice("Version 2!", "Old.", "Upgrade."),
        "advice 'Version 2!': use up to 40 lower case letters, digits and underscores as its code",
    ),
}


def flag(
    quality: Any = Quality.SAMPLED, measures: Any = (ORDERS,), first: Any = DAY, last: Any = DAY, **more: Any
) -> Any:
    return Flag(quality, measures, first, last, **{"reason": "A sample.", **more})


FLAGS: dict[str, tuple[Act, str]] = {
    "no reason": (
        lambda: flag(reason=" "),
        "a flag says in one sentence what is the matter: give it a reason",
    ),
    "final": (
        lambda: flag(Quality.FINAL),
        "flag 'A sample.': its quality is one of kpitaps.Quality that is not final, not <Quality.FINAL: 'final'>",
    ),
    "quality in words": (
        lambda: flag("bad"),
        "flag 'A sample.': its quality is one of kpitaps.Quality that is not final, not 'bad'",
    ),
    "no measures": (
        lambda: flag(measures=[]),
        "flag 'A sample.': it names the measures that it holds for as a list, not []",
    ),
    "a name": (
        lambda: flag(measures=["orders"]),
        "flag 'A sample.': 'orders' is no measure: declare it with tap.measure()",
    ),
    "an instant": (
        lambda: flag(first=AWARE, last=AWARE),
        f"flag 'A sample.': {AWARE!r} is no local day: ctx.day(instant) turns an instant into one",
    ),
    "days the wrong way round": (
        lambda: flag(first=date(2025, 3, 2)),
        "flag 'A sample.': its last day 2025-03-01 is before its first one 2025-03-02",
    ),
    "fix": (lambda: flag(fix=None), "flag 'A sample.': its fix is a sentence, not None"),
}

SETTINGS: dict[str, tuple[Act, str]] = {
    "no help": (with_helpless_setting, "Helpless.shop has no help text: declare it with setting('…', help='…')"),
    "pattern on a secret": (
        with_pattern_on_a_secret,
        "Patterned.token is a secret: check it in a field_validator, not by pattern=",
    ),
}

ALL = {
    f"{what}: {name}": case
    for what, cases in {
        "record": RECORDS,
        "entry": ENTRIES,
        "tap": TAPS,
        "stream": STREAMS,
        "check": CHECKS,
        "account": ACCOUNTS,
        "flag": FLAGS,
        "settings": SETTINGS,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("act", "sentence"), ALL.values(), ids=ALL)
def test_what_breaks_a_rule_is_refused_in_one_sentence(act: Callable[[], object], sentence: str) -> None:
    """Whatever breaks a rule of the author API is a bug of the tap, told in one sentence that says what and where."""
    with pytest.raises(TapBug) as refused:
        act()
    assert str(refused.value) == sentence


def test_times_with_an_offset_and_dates_are_taken() -> None:
    """What is refused above is refused for the reason given: the same with an offset is taken."""
    record = Record("a", datetime(2025, 3, 1, 12, tzinfo=UTC)).add(ORDERS, DAY, 1).member(BUYERS, DAY, "x")
    assert len(record.entries) == 2
