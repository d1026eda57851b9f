"""Reading OData: every shape of a body, pages whose link is missing, and numbers as they are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_exact_online.odata import PAGE, SYNC_PAGE, read_changes, read_one, read_rows, shape_of
from kpitaps_exact_online.payloads import (
    Division,
    GLAccount,
    Identified,
    Me,
    Opportunity,
    PaymentTerm,
    SubscriptionType,
)

from kpitaps import Account, Context, NeedsAuth, Reply, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = Account("7", "De Kade", "Europe/Amsterdam", "EUR")


def context(answer: Callable[[str, dict[str, str]], Any]) -> Context:
    """Return a reading whose answers a function gives."""

    class Source:
        def get(self, path: str, *, params: dict[str, str] | None = None) -> Reply:
            return Reply(200, content=json.dumps(answer(path, params or {})).encode())

    return Context(Source(), None, datetime.now(UTC), ACCOUNT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "rows", "following"),
    [
        ({"d": [{"ID": "a"}]}, 1, ""),
        ({"d": []}, 0, ""),
        ({"d": {"results": [{"ID": "a"}, {"ID": "b"}]}}, 2, ""),
        ({"d": {"results": [{"ID": "a"}], "__next": "https://more"}}, 1, "https://more"),
        ({"d": {"results": []}}, 0, ""),
        ({"d": {"ID": "a"}}, 1, ""),
        ({"d": None}, 0, ""),
    ],
)
def test_every_shape_of_a_body(body: Any, rows: int, following: str) -> None:
    """A list, an object with a list, an object, or nothing."""
    found, link = shape_of(body)
    assert (len(found), link) == (rows, following)


@pytest.mark.parametrize("body", [{}, [], {"error": {}}, "text", {"d": "text"}])
def test_a_body_without_rows_is_asked_for_again(body: Any) -> None:
    """Half an answer must not look like an empty list."""
    with pytest.raises(RetryLater, match="without rows"):
        shape_of(body)


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 200])
@pytest.mark.parametrize("linked", [True, False])
def test_every_row_is_read_once(count: int, linked: bool) -> None:
    """Whether the links are there or not; without them one more page is asked for where the last one is full."""
    ids = [f"{number:08d}-0000-0000-0000-000000000000" for number in range(count)]

    def answer(path: str, params: dict[str, str]) -> Any:
        token = path.partition("?")[2] or params.get("$skiptoken", "")
        rest = [each for each in ids if f"guid'{each}'" > token]
        more = (
            {"__next": f"https://x/api/v1/7/crm/Opportunities?guid'{rest[PAGE - 1]}'"}
            if linked and len(rest) > PAGE
            else {}
        )
        return {"d": {"results": [{"ID": each} for each in rest[:PAGE]], **more}}

    found = [row.id for row in read_rows(context(answer), "crm/Opportunities", Identified, order="ID")]
    assert found == ids


def test_a_page_that_comes_again_and_again() -> None:
    """Reading gives up, rather than never ending."""
    with pytest.raises(RetryLater, match="again and again"):
        list(
            read_rows(
                context(lambda *_: {"d": {"results": [], "__next": "https://x/same"}}), "crm/Opportunities", Identified
            )
        )


@given(count=st.integers(0, 2_500), after=st.integers(1, 2_000), through=st.none() | st.integers(1, 2_600))
def test_changes_are_read_by_their_number(count: int, after: int, through: int | None) -> None:
    """All above one number and not above the other, whatever the number of pages, and no link is needed."""
    asked = []

    def answer(_path: str, params: dict[str, str]) -> Any:
        asked.append(params["$filter"])
        first = int(params["$filter"].removeprefix("Timestamp gt ").removesuffix("L")) + 1
        numbers = range(first, count + 1)[:SYNC_PAGE]
        return {"d": {"results": [{"Timestamp": str(each), "ID": f"{each}", "Code": "1"} for each in numbers]}}

    found = [
        row.timestamp for row in read_changes(context(answer), "sync/Financial/GLAccounts", GLAccount, after, through)
    ]
    assert found == [each for each in range(after + 1, count + 1) if through is None or each <= through]
    assert len(asked) <= 2 + max(0, count - after) / SYNC_PAGE


@pytest.mark.parametrize("shared", [2, 3, SYNC_PAGE - 1, SYNC_PAGE + 5])
@pytest.mark.parametrize("linked", [True, False])
def test_rows_that_share_a_number_are_all_read(shared: int, linked: bool) -> None:
    """Wherever a page ends among them: each once. More than a page of them is read by its links, or not at all."""
    numbers = [*range(1, 999), *[999] * shared, *range(1_000, 1_100)]

    def answer(path: str, params: dict[str, str]) -> Any:
        after = int(params["$filter"].removeprefix("Timestamp gt ").removesuffix("L")) if params else 0
        start = int(path.partition("?")[2] or next(i for i, number in enumerate(numbers) if number > after))
        rows = [{"Timestamp": n, "ID": f"{i}", "Code": "1"} for i, n in enumerate(numbers)][start : start + SYNC_PAGE]
        end = start + len(rows)
        more = {"__next": f"https://x?{end}"} if linked and end < len(numbers) else {}
        return {"d": {"results": rows, **more}}

    found = (row.id for row in read_changes(context(answer), "sync/Financial/GLAccounts", GLAccount, 0, None))
    if shared > SYNC_PAGE and not linked:
        with pytest.raises(RetryLater, match="again and again"):
            list(found)
    else:
        assert [int(key) for key in found] == list(range(len(numbers)))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("300", "300"),
        ("-300.1", "-300.1"),
        ("0.1", "0.1"),
        ("123.29999999999999", "123.3"),
        ("1e2", "100"),
        ('"12.50"', "12.5"),
    ],
)
def test_amounts_are_read_from_their_text(text: str, amount: str) -> None:
    """What a binary number adds is dropped; nothing is computed with floats."""
    body = json.loads('{"d": [{"Timestamp": 1, "ID": "a", "LineType": 20, "Status": 20, "AmountDC": %s}]}' % text)  # noqa: UP031 - braces
    (row,) = read_rows(context(lambda *_: body), "sync/Cashflow/PaymentTerms", PaymentTerm)
    assert row.amount == Decimal(amount)


def test_codes_lose_their_padding() -> None:
    """Spaces on either side; null stays nothing."""
    row = {"Timestamp": 1, "ID": "a", "Code": "      1300", "BalanceSide": "D ", "BalanceType": None}
    (found,) = read_rows(context(lambda *_: {"d": [row]}), "sync/Financial/GLAccounts", GLAccount)
    assert (found.code, found.side, found.sheet) == ("1300", "D", None)


def test_a_user_belongs_to_no_division() -> None:
    """The one address without a company's number."""
    paths = []

    def answer(path: str, params: dict[str, str]) -> Any:
        paths.append((path, params["$select"]))
        return {"d": {"results": [{"UserID": "u", "CurrentDivision": 7, "ServerUtcOffset": 7200}]}}

    me = read_one(context(answer), "current/Me", Me, division=None)
    assert me is not None
    assert me.utc_offset == 7_200
    assert paths == [("/current/Me", "UserID,CurrentDivision,ServerUtcOffset")]


def test_where_a_page_ended() -> None:
    """What Exact puts into its own links: what rows are sorted by, then their key."""
    row = {"ID": "1a", "Modified": "/Date(1725886829900)/", "Created": "/Date(0)/", "OpportunityStatus": 1}
    assert Opportunity.model_validate(row).skip_token("Modified") == "datetime'2024-09-09T13:00:29.900000',guid'1a'"
    assert SubscriptionType.model_validate({"ID": "1a"}).skip_token("ID") == "guid'1a'"
    # An accountant may see exactly a page of companies, and these have no ID.
    company = {"Code": 1500060, "Status": 1, "Currency": "EUR"}
    assert Division.model_validate(company).skip_token("Code") == "1500060"


@pytest.mark.parametrize(
    ("entity", "said"), [("crm/Opportunities", "lacks the right to see opportunities"), ("x/Y", "^no$")]
)
def test_a_missing_right_is_named(entity: str, said: str) -> None:
    """Where it is known which one; a refusal of the account as a whole stays what it is."""

    def refuse(*_: Any) -> Any:
        raise NeedsAuth("no")

    with pytest.raises(NeedsAuth, match=said):
        list(read_rows(context(refuse), entity, Identified))
