"""``kpitaps own`` and ``kpitaps company``: whose word counts, and for whom."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import CommandLine

TAP = """
from kpitaps import Account, Settings, Tap, hookimpl

tap = Tap("{name}", title="{title}", settings=Settings, api=1, base_url="https://x.example", hosts=["x.example"])
leads = tap.measure("leads")
{own} = tap.measure("{own}")

@tap.account
def account(ctx):
    return Account("a", "{title} account", "Europe/Amsterdam", "EUR")

@tap.periods("sales", feeds=[leads, {own}], every="1h", settles="1d", history="30d")
def sales(ctx, span):
    yield leads.on(ctx.day(span.start), {amount})
    yield {own}.on(ctx.day(span.start), 1)

@hookimpl
def kpitaps_taps():
    return [tap]
"""
TWO_MORE = """
new = tap.measure("new_customers")
lost = tap.measure("customers_lost")

@tap.account"""


@pytest.fixture
def two(kpitaps: CommandLine, install: Callable[[str, str], None]) -> CommandLine:
    """A company that connected first the tap ada, then the tap bob; both feed leads."""
    install("ada", TAP.format(name="ada", title="Ada", own="meetings", amount=3))
    install("bob", TAP.format(name="bob", title="Bob", own="orders", amount=5))
    assert kpitaps("add", "ada", "--json").code == 0
    assert kpitaps("add", "bob", "--json").code == 0
    assert kpitaps("sync", "--json").code == 0
    return kpitaps


class Person(StringIO):
    """Somebody at a terminal who types these lines."""

    def isatty(self) -> bool:
        """Questions are only asked of people."""
        return True


def leads(kpitaps: CommandLine) -> float:
    """Return the leads of the last twelve months."""
    return next(
        row["value"] for row in kpitaps("kpis", "--json").json if (row["kpi"], row["window"]) == ("leads", "28d")
    )


def test_first_tap_stays_the_owner(two: CommandLine) -> None:
    """What two taps feed is not added up: who was there first keeps the word, and check says so."""
    assert two("own", "--json").json == [{"measure": "leads", "taps": ["ada", "bob"], "owner": "ada"}]
    (finding,) = (each for each in two("check", "--json").json if "leads" in each["message"])
    assert finding["severity"] == "advice"
    assert finding["message"] == "ada and bob feed leads: only what ada says counts, it owns them"


def test_ownership_changes_at_once(two: CommandLine) -> None:
    """The other tap's data is in the ledger already, so the figure changes without another sync."""
    before = leads(two)
    assert two("own", "bob", "all").out == "bob owns leads.\n"
    assert leads(two) == pytest.approx(before / 3 * 5)


def test_an_owner_that_is_disconnected_is_a_problem(two: CommandLine) -> None:
    """What it owned has no new values, though another tap could give them: that is for a person to decide."""
    assert two("disconnect", "Ada account").code == 0
    (finding,) = (each for each in two("check", "--json").json if "leads" in each["message"])
    assert (finding["severity"], finding["fix"]) == ("problem", "Let another own them: kpitaps own <tap> leads")
    assert two("own", "bob", "all").code == 0
    assert [each["severity"] for each in two("check", "--json").json if "leads" in each["message"]] == ["advice"]


def test_owner_is_chosen_when_connecting(two: CommandLine) -> None:
    """Whoever connects an account says what it shall own."""
    said = two("add", "bob", "--json", "--owns", "leads,orders")
    assert said.code == 0, said.err
    assert two("own", "--json").json[0]["owner"] == "bob"


def test_a_person_chooses_per_domain(
    kpitaps: CommandLine, install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new tap may own what is invoiced while the CRM keeps its leads; what is declined stays as it was."""
    for name in ("cas", "dee"):
        install(name, TAP.format(name=name, title=name.title(), own="invoices", amount=1))
    assert kpitaps("add", "cas", "--json").code == 0
    monkeypatch.setattr("sys.stdin", Person("y\nn\n"))
    said = kpitaps("add", "dee")
    assert said.code == 0, said.err
    assert "Also fed by others, and owned by cas: invoices (finance).\n" in said.out
    assert "To let it own some of them: kpitaps own dee <measure> …, or all\n" in said.out
    assert {each["measure"]: each["owner"] for each in kpitaps("own", "--json").json} == {
        "invoices": "dee",
        "leads": "cas",
    }


def test_customers_go_together(kpitaps: CommandLine, install: Callable[[str, str], None]) -> None:
    """New customers of one tap and lost ones of another would make no sense: whoever owns one owns them all."""
    fed = TAP.replace("feeds=[leads, {own}]", "feeds=[leads, {own}, new, lost]").replace("@tap.account", TWO_MORE)
    for name in ("eva", "fay"):
        install(name, fed.format(name=name, title=name.title(), own="invoices", amount=1))
        assert kpitaps("add", name, "--json").code == 0
    assert kpitaps("own", "fay", "new_customers").out == "fay owns customers_lost, new_customers.\n"


def test_who_is_gone_owns_nothing_of_who_comes(two: CommandLine) -> None:
    """A tap that is connected after another was disconnected owns what both have fed."""
    assert two("disconnect", "Ada account").code == 0
    assert two("add", "bob", "--json").code == 0
    assert two("own", "--json").json[0]["owner"] == "bob"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("own", "bob", "meetings"), "Error: Bob does not feed meetings: it feeds leads, orders\n"),
        (("add", "bob", "--json", "--owns", "revenue"), "Error: Bob does not feed revenue: it feeds leads, orders\n"),
        (("own", "--company", "acme"), "Error: there is no company 'acme': there are main\n"),
        (("company", "acme"), "Error: there is no company 'acme' yet: to make it, give --currency and --time-zone\n"),
        (
            ("company", "main", "--currency", "euro"),
            "Error: company main: 'euro' is no ISO 4217 currency code such as EUR\n",
        ),
    ],
)
def test_mistakes_are_explained(two: CommandLine, arguments: tuple[str, ...], sentence: str) -> None:
    """Each refusal says what would be right."""
    said = two(*arguments)
    assert (said.code in (2, 3), said.err) == (True, sentence)


def test_two_companies(two: CommandLine) -> None:
    """A client of an agency has a calendar of its own, and its connections apart from others'."""
    made = two("company", "acme", "--currency", "EUR", "--time-zone", "Europe/Brussels", "--fiscal-year-start", "7")
    assert made.code == 0, made.err
    assert two("add", "ada", "--json", "--company", "acme").code == 0
    assert [each["key"] for each in two("company", "--json").json] == ["acme", "main"]
    assert two("own", "--company", "acme", "--json").json == []
    assert "say which one with --company (acme, main)" in two("own").err
