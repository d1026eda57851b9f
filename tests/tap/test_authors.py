"""What a tap's author declares, and what the core gets to see of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import field_validator

from kpitaps import (
    VOCABULARY,
    Account,
    BadSettings,
    Context,
    Record,
    RetryLater,
    Secret,
    Settings,
    Tap,
    TapBug,
    setting,
)
from kpitaps.tap import StreamKind
from kpitaps.units import Good, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY = date(2025, 3, 1)
MUGS: dict[str, Any] = {
    "unit": "count",
    "kind": "level",
    "labels": ["colour"],
    "good": "down",
    "dated_by": "count of stock",
    "en": ("Mugs", "Mugs in stock."),
    "nl": ("Mokken", "Mokken op voorraad."),
}


class AcmeSettings(Settings):
    """What a person tells to connect an account."""

    shop: str = setting("Shop", help="The first part of the address", pattern="[a-z]+")
    days: int = setting("Days", help="After how many a customer is lost", default=365)
    token: Secret = setting("Token", help="From the admin")
    second: Secret | None = setting("Second token", help="Only for old accounts", default=None)

    @field_validator("days")
    @classmethod
    def _positive(cls, days: int) -> int:
        if days < 1:
            raise ValueError("use at least one day")
        return days


def raising(error: Exception) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def acme() -> Tap:
    return Tap(
        "acme", title="Acme", settings=AcmeSettings, api=1, base_url="https://{shop}.example", hosts=["{shop}.example"]
    )


def test_a_vocabulary_measure_comes_with_its_terms() -> None:
    """A measure named without terms is the shared vocabulary's own."""
    tap = acme()
    assert tap.measure("revenue") is VOCABULARY["revenue"]
    assert tap.measures == {"revenue": VOCABULARY["revenue"]}


def test_an_own_measure_is_fully_described() -> None:
    """A tap's own measure carries its name as a prefix and has unit, kind, labels, direction, date and texts."""
    tap = acme()
    mugs = tap.measure("acme_mugs", **MUGS)
    assert (mugs.unit, mugs.kind, mugs.good, mugs.labels) == (Unit.COUNT, Kind.LEVEL, Good.DOWN, ("colour",))
    assert (mugs.en.name, mugs.nl.definition) == ("Mugs", "Mokken op voorraad.")
    assert tap.measure("acme_mugs") is tap.measures["acme_mugs"]
    assert tap.measure("acme_mugs", **MUGS) == mugs


def test_a_measure_cannot_be_two_things() -> None:
    """Declared a second time with other terms, a measure is refused: the ledger could not tell them apart."""
    tap = acme()
    tap.measure("acme_mugs", **MUGS)
    with pytest.raises(TapBug, match=r"tap acme declares the measure acme_mugs twice, and differently"):
        tap.measure("acme_mugs", **{**MUGS, "kind": "flow"})


def test_a_stream_keeps_its_function_and_terms() -> None:
    """A decorated function stays callable, and its terms become times."""
    tap = acme()

    @tap.records("sales", feeds=[tap.measure("orders")], every="15m", history="3y", sweep="1d", slice_limit=100)
    def sales(_ctx: Context, _span: object) -> Iterator[Record]:
        yield Record("a")

    stream = tap.streams["sales"]
    assert stream.read is sales
    assert (stream.kind, stream.every, stream.lag) == (StreamKind.RECORDS, timedelta(minutes=15), timedelta(minutes=5))
    assert (stream.history, stream.sweep) == (timedelta(days=1095, hours=18), timedelta(days=1))


def test_a_record_sums_up_what_it_adds() -> None:
    """Entries keep millionths, labels in declared order and the day; a label left out is empty."""
    closed = datetime(2025, 3, 1, 23, 30, tzinfo=UTC)
    record = Record("7", closed).add(VOCABULARY["revenue"], DAY, "12.50", currency="USD", rep="Ann")
    record.change(VOCABULARY["pipeline_value"], DAY, -5).add(VOCABULARY["sales_cycle"], closed, 86400, of=1)
    revenue, pipeline, cycle = record.entries
    assert revenue[1:] == (("", "Ann"), "USD", DAY, 12_500_000, 0)
    assert pipeline.numerator == -5_000_000
    assert (cycle.day, cycle.numerator, cycle.denominator) == (closed, 86_400_000_000, 1_000_000)


def test_subjects_are_only_hashes() -> None:
    """Whom a record counts is kept as a hash: equal for equal ids, and nothing of the id in it."""
    buyers = VOCABULARY["buyers"]
    ann, also_ann, bob = (Record("a").member(buyers, DAY, who).entries[0] for who in ("ann@x.nl", "ann@x.nl", "bob"))
    assert ann == also_ann
    assert ann[-2:] != bob[-2:]
    assert "ann" not in repr(ann[1:])


def test_the_account_is_not_known_to_its_own_function() -> None:
    """A tap's account function cannot ask for what it is to answer."""
    context = Context(None, None, datetime.now(UTC))
    with pytest.raises(TapBug, match=r"ctx.account is not known yet inside the account function"):
        _ = context.account


def test_the_context_dates_instants_in_the_accounts_zone() -> None:
    """23:30 in London is tomorrow in Amsterdam."""
    account = Account("1", "Acme", "Europe/Amsterdam", "EUR")
    context = Context(None, None, datetime.now(UTC), account)
    assert context.day(datetime(2025, 1, 31, 23, 30, tzinfo=UTC)) == date(2025, 2, 1)
    with pytest.raises(TapBug, match="has no UTC offset"):
        context.day(datetime(2025, 1, 31, 23, 30))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"shop": "acme"}, "setting token: is needed (From the admin)"),
        (
            {"shop": "acme.example", "token": "t"},
            "setting shop: String should match pattern '^(?:[a-z]+)$' (The first part of the address)",
        ),
        (
            {"shop": "acme\nevil", "token": "t"},
            "setting shop: String should match pattern '^(?:[a-z]+)$' (The first part of the address)",
        ),
        (
            {"shop": "acme", "token": "t", "tokn": "t"},
            "there is no setting 'tokn': there are shop, days, token, second",
        ),
        (
            {"shop": "acme", "token": "t", "days": 0},
            "setting days: use at least one day (After how many a customer is lost)",
        ),
        (
            {"days": "many"},
            (
                "setting shop: is needed (The first part of the address); "
                "setting days: Input should be a valid integer, unable to parse string as an integer "
                "(After how many a customer is lost); setting token: is needed (From the admin)"
            ),
        ),
    ],
)
def test_wrong_settings_are_told_with_their_help(values: dict[str, Any], sentence: str) -> None:
    """Each setting that is missing, unknown or malformed is named with what it is for, and no secret is repeated."""
    with pytest.raises(BadSettings) as refused:
        AcmeSettings.read(values)
    assert str(refused.value) == sentence


def test_secrets_are_kept_apart() -> None:
    """Secrets, optional ones included, are not among the plain settings, and both together give the settings again."""
    settings = AcmeSettings.read({"shop": " acme ", "token": " tok-1\n", "second": "tok-2"})
    assert AcmeSettings.secret_names() == {"token", "second"}
    assert settings.plain() == {"shop": "acme", "days": 365}
    assert settings.secrets() == {"token": "tok-1", "second": "tok-2"}
    assert AcmeSettings.read({**settings.plain(), **settings.secrets()}) == settings
    assert "tok-1" not in repr(settings)


def test_a_secret_that_is_not_given_is_none() -> None:
    """An optional secret that nobody gave is no secret."""
    settings = AcmeSettings.read({"shop": "acme", "token": "tok-1"})
    assert settings.secrets() == {"token": "tok-1"}


def test_a_look_up_is_made_once_per_run() -> None:
    """All slices share what one of them has looked up, whatever view of the client they have; names are apart."""
    context = Context(None, None, datetime.now(UTC))
    other = replace(context, connected=Account("1", "Acme", "Europe/Amsterdam", "EUR"))
    asked: list[str] = []

    def look_up(name: str) -> str:
        asked.append(name)
        return name.upper()

    found = [
        each.once(name, lambda name=name: look_up(name)) for each in (context, other) for name in ("users", "tags")
    ]
    assert found == ["USERS", "TAGS"] * 2
    assert asked == ["users", "tags"]
    assert Context(None, None, datetime.now(UTC)).once("users", lambda: None) is None


def test_a_look_up_that_fails_is_tried_again() -> None:
    """An error goes to the one who asked; the next one asks anew."""
    context = Context(None, None, datetime.now(UTC))
    with pytest.raises(RetryLater):
        context.once("users", raising(RetryLater("busy")))
    assert context.once("users", lambda: 7) == 7


def test_slices_wait_for_one_look_up() -> None:
    """Ten threads that need the same names at once send one request; one look-up may need another."""
    context = Context(None, None, datetime.now(UTC))
    asked: list[int] = []

    def slow() -> int:
        time.sleep(0.05)
        asked.append(context.once("teams", lambda: 1))
        return len(asked)

    with ThreadPoolExecutor(10) as pool:
        found = [future.result() for future in [pool.submit(context.once, "users", slow) for _ in range(10)]]
    assert found == [1] * 10


def test_nothing_is_known_outside_a_listing() -> None:
    """A stream that is no listing, and a test's own context, know no versions."""
    assert not Context(None, None, datetime.now(UTC)).knows("a", "1")
