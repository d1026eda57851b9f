"""`TapConformance`: the rules of a right tap, one test each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from kpitaps.testing.conformance import accounts, histories, loading, reactions, secrecy, spans
from kpitaps.testing.conformance.stage import Stage
from kpitaps.testing.story import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kpitaps.tap import Tap
    from kpitaps.testing.clock import Clock
    from kpitaps.testing.conformance.reactions import Reaction
    from kpitaps.testing.sandbox import Sandbox


class TapConformance:
    """What every tap must do, tried offline against its own sandbox.

    Subclass it in the tap's test-suite, under a name that pytest collects::

        class TestConformance(TapConformance):
            tap = tap
            sandbox = Sandbox
            faults = {"revoked": NeedsAuth, "throttled": "retried"}

    Real HTTP on loopback, a real ledger; the tap need not be installed. Each test is one rule; what fails says in a
    sentence what the tap does wrong and how to mend it. What cannot be judged is skipped, with the reason. To connect,
    ``sandbox.consent`` is used where there is one.

    A sandbox takes part in two ways: it acts out its ``faults``, and whatever it is asked and does not understand (a
    parameter, a field, a filter) it notes in ``request.state.note``, as ``ignored: <what>``, where its vendor would
    ignore it silently.

    Attributes:
        tap: The tap.
        sandbox: Makes its sandbox, from a `Story` and a `Clock`. Limits should be so high that nobody waits.
        now: What time it is at the end of the story.
        days: How long the story is.
        increment: How long before the end the ledgers that faults are tried on were last read.
        orders_per_day: How busy the fictional company is.
        faults: How the tap meets each of the sandbox's own faults: ``"retried"`` (nobody notices), `RetryLater`
            (it waits), `NeedsAuth` or `BadSettings` (a repair opens), ``"flagged"`` (a repair says what is doubtful).
            Whatever happens, a number is what it was or what it must be. The faults of any HTTP service are known.
        fault_paths: For a fault that shall only spoil some requests: what their path contains.
        unfed: Measures that the story gives no data to, and why that is right.
        forgets: Streams whose source deletes old records that the ledger keeps, and why.
        wrong_settings: Changes of the sandbox's settings that must be refused; by default each secret one is spoilt.
    """

    tap: ClassVar[Tap]
    sandbox: ClassVar[Callable[[Story, Clock], Sandbox]]
    now: ClassVar[datetime] = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
    days: ClassVar[int] = 45
    increment: ClassVar[timedelta] = timedelta(days=8)
    orders_per_day: ClassVar[float] = 2.0
    faults: ClassVar[Mapping[str, Reaction]] = {}
    fault_paths: ClassVar[Mapping[str, str]] = {}
    unfed: ClassVar[Mapping[str, str]] = {}
    forgets: ClassVar[Mapping[str, str]] = {}
    wrong_settings: ClassVar[Sequence[Mapping[str, str]]] = ()

    stage: ClassVar[Stage]

    @classmethod
    def story(cls) -> Story:
        """Return what happens in the company. Override it to tell another story."""
        return Story(11, (cls.now - timedelta(days=cls.days)).date(), orders_per_day=cls.orders_per_day)

    @classmethod
    def abroad(cls) -> Story:
        """Return a company in another zone with another currency: the account function must find out."""
        founded = (cls.now - timedelta(days=3)).date()
        return Story(12, founded, "America/New_York", "USD", cls.orders_per_day, name="Dock 9", home="US")

    @classmethod
    def people(cls, story: Story) -> Iterable[str]:
        """Return names, addresses and ids of people in the sandbox's answers; by default those of the office."""
        office = getattr(story, "office", None)
        events = () if office is None else office.events(cls.now)
        for event in events:
            if email := getattr(event, "email", ""):
                yield email
                if name := getattr(event, "name", ""):
                    yield name

    @classmethod
    def setup_class(cls) -> None:
        """Open the stage; pytest calls this before the first test."""
        cls.stage = Stage(cls)

    @classmethod
    def teardown_class(cls) -> None:
        """Close the stage; pytest calls this after the last test."""
        cls.stage.close()

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make one test per fault; pytest calls this while it collects."""
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", list(reactions.reactions(self.faults)))

    def test_it_loads(self) -> None:
        """It connects to its sandbox and reads every stream."""
        loading.check_loads(self.stage)

    def test_hosts_are_declared(self) -> None:
        """It reaches no host that it does not declare."""
        loading.check_refusal(self.stage, loading.HOST)

    def test_labels_are_declared(self) -> None:
        """It uses no label that its measures do not declare."""
        loading.check_refusal(self.stage, loading.LABEL)

    def test_measures_are_declared(self) -> None:
        """No stream feeds a measure that it does not declare."""
        loading.check_refusal(self.stage, loading.MEASURE)

    def test_money_is_exact(self) -> None:
        """No amount is a float."""
        loading.check_refusal(self.stage, loading.FLOAT)

    def test_times_are_aware(self) -> None:
        """No time is without an offset."""
        loading.check_refusal(self.stage, loading.NAIVE)

    def test_the_machines_zone_does_not_matter(self) -> None:
        """It dates nothing by the zone of the machine that it runs on."""
        loading.check_zone_of_machine(self.stage)

    def test_nothing_asked_is_ignored(self) -> None:
        """Its source understands all that it is asked."""
        loading.check_ignored(self.stage)

    def test_reading_twice_changes_nothing(self) -> None:
        """The same reading twice changes no row of the ledger."""
        loading.check_twice(self.stage)

    def test_declared_measures_are_fed(self) -> None:
        """Every measure that it declares gets data."""
        loading.check_fed(self.stage)

    def test_checks_are_content(self) -> None:
        """Its checks have nothing to say against a sandbox that is well."""
        loading.check_checks(self.stage)

    def test_spans_are_respected(self) -> None:
        """A reading of a span holds all that was updated in it, and does not hold everything else, too."""
        spans.check_spans(self.stage)

    def test_history_equals_increments(self) -> None:
        """Reading day by day and reading all at once fill the same ledger."""
        histories.check_increments(self.stage)

    def test_every_fault_has_a_reaction(self) -> None:
        """For all that can go wrong it is said how that is met."""
        reactions.check_declared(self.stage)

    def test_fault_is_met(self, fault: str) -> None:
        """A fault ends in the declared reaction, harms no number, and is made good once it has passed."""
        reactions.check_reaction(self.stage, fault)

    def test_account(self) -> None:
        """The account has a stable id, and the zone and the currency that its source says."""
        accounts.check_account(self.stage)

    def test_wrong_settings_are_refused(self) -> None:
        """Settings that are wrong are refused while connecting, and nothing is stored."""
        accounts.check_wrong_settings(self.stage)

    def test_settings_are_explained(self) -> None:
        """Every setting has a title, a help text that says more, and is a secret if it sounds like one."""
        accounts.check_settings_are_explained(self.stage)

    def test_no_secret_gets_out(self) -> None:
        """No secret is in its logs, errors or files."""
        secrecy.check_secrets(self.stage)

    def test_nobody_is_in_the_ledger(self) -> None:
        """No name, address or id of a person is in the ledger's file."""
        secrecy.check_people(self.stage)
