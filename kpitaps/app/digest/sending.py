"""Sending a planned digest, once per period and channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kpitaps.app.boards import company_face
from kpitaps.app.companies import named_company
from kpitaps.app.digest.gathering import gather
from kpitaps.app.digest.mail import check_mail, compose, deliver_mail
from kpitaps.app.digest.period import closed_period, due_at
from kpitaps.app.digest.plans import hook_of, language_of
from kpitaps.app.digest.webhook import post
from kpitaps.http.scrub import LogGuard
from kpitaps.store.digests import FAILED, LEAVING, UNKNOWN, Letter, claim_sending, conclude_sending, find_sending

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.app.digest.content import Digest
    from kpitaps.app.digest.outcome import Claim, Outcome
    from kpitaps.app.digest.period import Period
    from kpitaps.app.digest.plans import Hook, Planned
    from kpitaps.app.digest.told import Told
    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Company

MAIL = "mail"
WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Due:
    """A plan, the period it is to tell of next, and from when on.

    Attributes:
        planned: The plan.
        company: Whose digest it is.
        period: The last full week or month.
        at: The instant, in UTC, from which on its digest may be sent.
    """

    planned: Planned
    company: Company
    period: Period
    at: datetime

    def letters(self) -> list[Letter]:
        """Return what is to be sent, one per channel."""
        plan = self.planned.plan
        channels = [*([MAIL] if plan.to else []), *([WEBHOOK] if plan.webhook else [])]
        return [Letter(self.company.id, self.planned.key, channel, self.period.span) for channel in channels]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one letter.

    Attributes:
        letter: The letter.
        state: ``sent``, ``failed`` or ``unknown``; ``leaving`` where an earlier process got no further.
        is_new: Whether something was tried now; else it is what an earlier try came to.
        message: What went wrong.
    """

    letter: Letter
    state: str
    is_new: bool
    message: str = ""


def due(runtime: Runtime, planned: Planned) -> Due:
    """Return which period a plan is to tell of, and from when on.

    Raises:
        BadUse: if its company does not exist, or is not named where there are several.
    """
    company = named_company(runtime, planned.plan.company)
    calendar = company_face(runtime, company).calendar
    period = closed_period(calendar, planned.plan.every, calendar.today(runtime.now()))
    return Due(planned, company, period, due_at(calendar, period, planned.plan.at))


def to_send(runtime: Runtime, found: Due) -> list[Letter]:
    """Return the letters that have not left yet, or that failed long enough ago to be tried once more."""
    return [letter for letter in found.letters() if _may_leave(runtime, letter)]


def _may_leave(runtime: Runtime, letter: Letter) -> bool:
    known = find_sending(runtime.ledger.database, letter)
    return known is None or known.may_leave(runtime.now())


def send(runtime: Runtime, found: Due, *, again: bool = False, context: ssl.SSLContext | None = None) -> list[Report]:
    """Send a plan's digest through each of its channels, unless it has been sent.

    Args:
        runtime: The process.
        found: The plan and its period.
        again: Send it even if it was sent, or may have been.
        context: Whom to trust; by default whom this machine trusts.

    Raises:
        BadSettings: if a channel's settings cannot work; nothing has been sent then.
        BadDefinition: if the plan names a KPI that does not exist.
    """
    plan = found.planned.plan
    letters = found.letters() if again else to_send(runtime, found)
    if not letters:
        return [_known(runtime, letter) for letter in found.letters()]
    if any(letter.channel == MAIL for letter in letters):
        check_mail(runtime.environment)
    hook = hook_of(found.planned) if plan.webhook else None
    digest = gather(runtime, found.company, plan.every, key=found.planned.key, kpis=plan.kpis)
    post_office = _PostOffice(runtime, found, digest, hook, context)
    return [post_office.report(letter, again=again) for letter in letters]


def _known(runtime: Runtime, letter: Letter) -> Report:
    known = find_sending(runtime.ledger.database, letter)
    assert known is not None, "what has not been tried may leave"
    return Report(letter, known.state, is_new=False, message=known.message)


class _PostOffice:
    """Knows how each channel takes a digest."""

    def __init__(
        self, runtime: Runtime, found: Due, digest: Digest, hook: Hook | None, context: ssl.SSLContext | None
    ) -> None:
        # Templates and locales take 0.2 s to load, which a process that sends nothing need not spend.
        from kpitaps.app.digest.told import tell  # noqa: PLC0415
        from kpitaps.app.digest.wording import Voice  # noqa: PLC0415

        self._runtime = runtime
        self._plan = found.planned.plan
        self._digest = digest
        self._told = tell(digest, Voice(language_of(found.planned, found.company.time_zone)))
        self._hook = hook
        self._context = context
        if hook is not None:
            runtime.scrubber.add(hook.url)
            # servers tell in their errors what they were asked for, and that is the secret part of it
            runtime.scrubber.add(urlsplit(hook.url).path)

    def report(self, letter: Letter, *, again: bool) -> Report:
        """Hand over one letter and write down how that ended."""
        database = self._runtime.ledger.database
        outcome = self._hand_over(letter, lambda: claim_sending(database, letter, self._runtime.now(), again=again))
        if outcome is None:
            return _known(self._runtime, letter)
        message = self._runtime.scrubber.scrub(outcome.message)
        told = None if outcome.state == FAILED else self._digest.told
        conclude_sending(database, letter, outcome.state, self._runtime.now(), message, told)
        return Report(letter, outcome.state, is_new=True, message=message)

    def _hand_over(self, letter: Letter, claim: Claim) -> Outcome | None:
        if letter.channel == MAIL:
            return self._mail(claim)
        guard = LogGuard(self._runtime.scrubber)
        try:
            assert self._hook is not None, "a plan without webhook has no such letter"
            return post(self._hook.url, payload(self._digest, self._told, self._hook.form), claim)
        finally:
            guard.close()

    def _mail(self, claim: Claim) -> Outcome | None:
        from kpitaps.app.digest.pages import as_html, as_text  # noqa: PLC0415

        environment, told = self._runtime.environment, self._told
        html = as_html(told, for_mail=True)
        message = compose(environment.smtp_from, self._plan.to, told.subject, as_text(told), html)
        return deliver_mail(environment, message, claim, self._context)


def payload(digest: Digest, told: Told, form: str) -> dict[str, object]:
    """Return a digest as a webhook of that form takes it: ``slack``, ``teams`` or ``json``."""
    from kpitaps.app.digest.cards import as_json, as_slack, as_teams  # noqa: PLC0415

    forms: dict[str, Callable[[], dict[str, object]]] = {
        "slack": lambda: as_slack(told),
        "teams": lambda: as_teams(told),
        "json": lambda: as_json(digest, told),
    }
    return forms[form]()


def sentence(report: Report) -> str:
    """Return what became of a letter, as people read it."""
    letter = report.letter
    what = f"digest {letter.digest} of {letter.span.first} to {letter.span.last}, by {letter.channel}"
    match report.state:
        case state if state in (LEAVING, UNKNOWN):
            about = f": {report.message}" if report.message else ": the process ended while it was being sent"
            way_out = f"if it did not arrive: kpitaps digest {letter.digest} --send --again"
            return f"{what}, may or may not have arrived{about}; {way_out}"
        case state if state == FAILED:
            return f"{what}, was not sent: {report.message}"
    was = "was sent" if report.is_new else "was sent before"
    return f"{what}, {was}{f', but {report.message}' if report.message else ''}"
