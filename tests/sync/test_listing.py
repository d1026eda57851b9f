"""Listings: all records at once, without a clock; what is not listed is gone, what is known is not asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from store.shelf import ACCOUNT, EURO, dump, open_ledger, sums
from sync.toy import START, Bench, Document, orders_only

from kpitaps import Context, Incomplete, Record, RetryLater, Tap
from kpitaps.sync import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps.store import Ledger

TODAY = date(2025, 3, 10)
DAY = timedelta(days=1)


def lists(read: Callable[[Context], Iterator[Record]] | None = None) -> Tap:
    """Return a tap that lists documents; it opens those whose row it does not know."""
    tap = orders_only()
    invoices = tap.measure("invoices")

    def documents(ctx: Context) -> Iterator[Record]:
        shop: Any = ctx.http
        for key, document in list(shop.documents.items()):
            shop.trouble(key, None)
            record = Record(key, version=document.version)
            if ctx.knows(key, document.version):
                yield record.unchanged()
                continue
            shop.opened.append(key)
            yield record.add(invoices, document.day, document.amount) if document.amount else record

    tap.listing("documents", feeds=[invoices], every="1h", history="30d")(read or documents)
    return tap


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A shop with three documents, all of them read; one of them contributes nothing."""
    bench = Bench(ledger, lists())
    bench.shop.documents = {
        "a": Document("1", TODAY - 2 * DAY, 1),
        "b": Document("1", TODAY - DAY, 2),
        "draft": Document("1", TODAY, 0),
    }
    assert bench.sync("documents").errors == {}
    bench.shop.opened.clear()
    bench.wait(hours=1)
    return bench


def found(bench: Bench) -> dict[date, int]:
    return {date.fromordinal(place[3]): halves[0] // EURO for place, halves in sums(bench.ledger).items()}


def test_all_that_is_listed_lands(bench: Bench) -> None:
    """Each record counts on its day, and days are known from the start of the history up to now."""
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 2}
    coverage = bench.ledger.reader(1).coverage("invoices")
    assert (coverage.first_day, coverage.through) == (TODAY - 30 * DAY, START)


def test_reading_twice_changes_nothing(bench: Bench) -> None:
    """The same list leaves every row as it was, observed-at included; only the known time grows."""
    before = dump(bench.ledger)
    run = bench.sync("documents").runs[0]
    assert (run.records, run.changed, run.restated) == (3, 0, 0)
    assert dump(bench.ledger) == before
    assert bench.ledger.reader(1).coverage("invoices").through == START + timedelta(hours=1)


def test_what_is_known_is_not_opened_again(bench: Bench) -> None:
    """Only records whose version is new are asked for in detail, also those that contribute nothing."""
    bench.sync("documents")
    assert bench.shop.opened == []
    bench.shop.documents["b"] = Document("2", TODAY - DAY, 5)
    run = bench.sync("documents").runs[0]
    assert bench.shop.opened == ["b"]
    assert (run.changed, run.restated) == (1, 1)
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 5}


def test_a_version_that_went_back_counts(bench: Bench) -> None:
    """Versions have no order: what is read now replaces what was read before."""
    for version, amount in (("2", 7), ("1", 2)):
        bench.shop.documents["b"] = Document(version, TODAY, amount)
        assert bench.sync("documents").changed == 1
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY: 2}


def test_what_is_not_listed_any_more_is_gone(bench: Bench) -> None:
    """All a record contributed goes, and it is forgotten: when it comes back as it was, it is read again."""
    gone = bench.shop.documents.pop("a")
    run = bench.sync("documents").runs[0]
    assert (run.changed, run.restated) == (1, 1)
    assert found(bench) == {TODAY - DAY: 2}
    assert len(dump(bench.ledger)["contribution"]) == 2
    bench.shop.documents["a"] = gone
    bench.sync("documents")
    assert bench.shop.opened == ["a"]
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 2}


def test_a_record_that_says_it_is_deleted_is_gone(bench: Bench) -> None:
    """A source may list its dead."""
    bench.tap = lists(lambda _: iter([Record("a").deleted(), Record("b", version="1").unchanged()]))
    bench.sync("documents")
    assert found(bench) == {TODAY - DAY: 2}


def test_a_listing_that_fails_deletes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What landed before stays and is not read again; what was not reached stays as it was; nothing is known anew."""
    monkeypatch.setattr(listing, "_BATCH", 1)
    del bench.shop.documents["a"]
    bench.shop.documents |= {"b": Document("2", TODAY - DAY, 3), "c": Document("1", TODAY, 4)}

    def trouble(what: str, _: object) -> None:
        if what == "c":
            raise RetryLater("not now")

    bench.shop.trouble = trouble
    assert bench.sync("documents").runs[0].outcome == "retry_later"
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 3}
    assert bench.ledger.reader(1).coverage("invoices").through == START
    bench.shop.trouble = lambda *_: None
    bench.shop.opened.clear()
    bench.sync("documents")
    assert bench.shop.opened == ["c"]
    assert found(bench) == {TODAY - DAY: 3, TODAY: 4}


def test_a_long_first_reading_is_read_in_portions(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is enough, the details that were read stay; the next run goes on where this one stopped."""
    monkeypatch.setattr(listing, "_LEAST", 2)
    bench = Bench(ledger, lists())
    bench.shop.documents = {str(number): Document("1", TODAY, 1) for number in range(5)}
    for opened, unfinished in ((2, {"documents"}), (2, {"documents"}), (1, set())):
        bench.shop.opened.clear()
        assert bench.sync("documents", portion=0).unfinished == unfinished
        assert len(bench.shop.opened) == opened
    assert found(bench) == {TODAY: 5}


def test_a_reading_without_versions_is_not_cut(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping would save nothing: the next run could only begin at the start, and would never come to the end."""
    monkeypatch.setattr(listing, "_LEAST", 2)
    bench = Bench(ledger, lists(lambda _: iter([Record(str(number)) for number in range(5)])))
    assert bench.sync("documents", portion=0).unfinished == set()
    assert len(dump(ledger)["contribution"]) == 5


def test_an_overtaken_listing_changes_nothing(bench: Bench) -> None:
    """Of two processes that list at once, the one that began later counts, whichever ends last."""
    old = dict(bench.shop.documents)
    bench.shop.documents["b"] = Document("2", TODAY, 9)
    bench.wait(hours=1)
    bench.sync("documents")
    before = dump(bench.ledger)
    bench.wait(minutes=-30)
    bench.shop.documents = old
    assert bench.sync("documents").changed == 0
    assert dump(bench.ledger) == before


def test_another_mapping_knows_nothing_yet(bench: Bench) -> None:
    """A new way of reading asks for all details again, beside the old figures, and then takes their place."""
    bench.tap.streams["documents"] = replace(bench.tap.streams["documents"], mapping=2)
    bench.sync("documents")
    assert bench.shop.opened == ["a", "b", "draft"]
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 2}


def test_a_gap_that_closes_opens_all_details_again(bench: Bench) -> None:
    """What a new right lets us see may be in records whose version is the same as before."""
    gap = Incomplete(("documents",), None, "some details are hidden", "grant the right")
    for gaps, opened in (((gap,), []), ((), ["a", "b", "draft"])):
        bench.shop.account = replace(ACCOUNT, incomplete=gaps)
        bench.wait(hours=1)
        assert bench.sync("documents").errors == {}
        assert bench.shop.opened == opened
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 2}


def test_what_the_source_hides_is_not_gone(bench: Bench) -> None:
    """A listing that shows nothing while all is kept from us deletes nothing; one that shows something does."""
    bench.shop.account = replace(ACCOUNT, incomplete=(Incomplete(("documents",), None, "hidden", "grant the right"),))
    shown, bench.shop.documents = bench.shop.documents, {}
    assert bench.sync("documents").errors == {}
    assert found(bench) == {TODAY - 2 * DAY: 1, TODAY - DAY: 2}
    bench.shop.documents = {"a": shown["a"]}
    bench.sync("documents")
    assert found(bench) == {TODAY - 2 * DAY: 1}


BUGS = {
    "unknown": (Record("z", version="1").unchanged(), "record z is unchanged, but the ledger does not have it at that"),
    "other version": (Record("a", version="2").unchanged(), "record a is unchanged, but the ledger does not have it"),
    "no version": (Record("a").unchanged(), "record a is unchanged, but the ledger does not have it at that version"),
    "row": ({"name": "Jane"}, "stream documents yielded a dict; a listing stream yields Record objects"),
}


@pytest.mark.parametrize(("answer", "sentence"), BUGS.values(), ids=BUGS)
def test_what_a_listing_must_not_say(bench: Bench, answer: Any, sentence: str) -> None:
    """A record is unchanged only at a version that the ledger has; nothing is deleted by a run that breaks a rule."""
    before = dump(bench.ledger)
    bench.tap = lists(lambda _: iter([answer]))
    run = bench.sync("documents").runs[0]
    assert run.outcome == "tap_bug"
    assert sentence in run.message
    assert dump(bench.ledger) == before


def test_only_a_listing_has_unchanged_records(ledger: Ledger) -> None:
    """Streams with a clock tell what is new; what they do not yield is unchanged anyway."""
    tap = orders_only()
    answer = [Record("a", START, version="1").unchanged()]
    tap.records("others", feeds=[tap.measure("invoices")], every="1h", history="1d")(lambda _ctx, _span: answer)
    run = Bench(ledger, tap).sync("others").runs[0]
    assert run.message == "stream others says that record a is unchanged; only a listing knows that"


def test_versions_are_only_hashes(tmp_path: Any) -> None:
    """A version may be a whole row with names in it: nothing of it reaches the ledger."""
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        bench = Bench(ledger, lists())
        bench.shop.documents["a"] = Document('{"customer": "Jane Doe"}', TODAY, 1)
        bench.sync("documents")
        assert bench.sync("documents").changed == 0
    assert b"Jane" not in (tmp_path / "ledger.db").read_bytes()


def test_an_empty_listing_is_not_believed(ledger: Ledger) -> None:
    """Where the ledger has many records, a source that shows none has failed: nothing is deleted."""
    bench = Bench(ledger, lists())
    bench.shop.documents = {str(number): Document("1", TODAY, 1) for number in range(60)}
    bench.sync("documents")
    before = dump(ledger)["contribution"]
    bench.shop.documents.clear()
    bench.wait(hours=2)
    assert isinstance(bench.sync("documents").errors["documents"], RetryLater)
    assert dump(ledger)["contribution"] == before
