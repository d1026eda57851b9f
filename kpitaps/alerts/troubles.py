"""What may be wrong with kpitaps itself: a table, one row for each rule of operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.alerts.message import Look
from kpitaps.alerts.rule import Comparison, Severity
from kpitaps.alerts.texts import Words
from kpitaps.alerts.watched import one_by
from kpitaps.kpis.metric_names import DATA_THROUGH, INFO

if TYPE_CHECKING:
    from kpitaps.alerts.tables import OperationsTable

_CONNECTION = ("company", "connection", "tap")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that may be wrong with kpitaps: one row of the table.

    Attributes:
        key: Its name in ``[operations] off``.
        title: What it is called.
        metric: The metric that tells; ``{…}`` stands for its labels.
        query: PromQL in which ``{series}`` is the metric with its labels.
        by: The labels that it is told by.
        comparison: On which side of the threshold it is wrong.
        threshold: The value that is still right.
        pending: How long before it is told.
        severity: How much it matters.
        look: How its value is shown.
        summary: One line; ``{connection}`` and the like are labels, ``{value}`` the value.
        description: What to do.
        recovers_at: Where it ends; None for the threshold.
        of_company: Whether it is told per company, or once for the whole process.
        labels: Further labels of the series.
    """

    key: str
    title: Words
    metric: str
    query: str
    by: tuple[str, ...]
    comparison: Comparison
    threshold: float
    pending: timedelta
    severity: Severity
    look: Look
    summary: Words
    description: Words
    recovers_at: float | None = None
    of_company: bool = True
    labels: tuple[tuple[str, str], ...] = ()


def troubles(terms: OperationsTable) -> tuple[Trouble, ...]:
    """Return what is watched, with the limits that ``[operations]`` sets."""
    stale = terms.stale_after.total_seconds()
    return (*_of_sources(stale, terms.down_after), *_of_process(terms.budget))


# A table is read by row.
# fmt: off
def _of_sources(stale: float, down: timedelta) -> tuple[Trouble, ...]:
    return (
        Trouble("stale_data", Words("KPIs are out of date", "KPI's zijn verouderd"),
            DATA_THROUGH, "max by (company) (time() - {series})", ("company",),
            Comparison.ABOVE, stale, timedelta(minutes=30), Severity.WARNING, Look.LENGTH,
            Words("KPIs that are out of date: {late}. The oldest has not been read for {value}.",
                  "Verouderde KPI's: {late}. De oudste is al {value} niet gelezen."),
            Words("Their values are those of then. Tap health shows which connection is behind.",
                  "Hun waarden zijn die van toen. Het dashboard Koppelingen laat zien welke achterloopt.")),
        Trouble("stream_late", Words("A source is not being read", "Een bron wordt niet gelezen"),
            "kpitaps_sync_last_success_timestamp_seconds",
            "max by (company, connection, tap, stream) (time() - {series})", (*_CONNECTION, "stream"),
            Comparison.ABOVE, stale, timedelta(minutes=30), Severity.WARNING, Look.LENGTH,
            Words("{connection} ({tap}): {stream} was last read {value} ago.",
                  "{connection} ({tap}): {stream} is {value} geleden voor het laatst gelezen."),
            Words("Look at kpitaps status; it tells what the source answered.",
                  "Kijk in kpitaps status; daar staat wat de bron antwoordde.")),
        Trouble("connection_down", Words("A connection fails", "Een koppeling faalt"),
            "kpitaps_connection_up", one_by(_CONNECTION, "{series}"), _CONNECTION,
            Comparison.BELOW, 1, down, Severity.CRITICAL, Look.NUMBER,
            Words("{connection} ({tap}) fails: its last run did not succeed.",
                  "{connection} ({tap}) faalt: de laatste keer lezen is niet gelukt."),
            Words("What was read stays, and it is tried again by itself. kpitaps status tells what the source says.",
                  "Wat gelezen is blijft staan, en er wordt vanzelf opnieuw geprobeerd. kpitaps status zegt wat de "
                  "bron antwoordt.")),
        Trouble("repair_open", Words("Somebody must mend a connection", "Iemand moet een koppeling herstellen"),
            "kpitaps_repairs_open", one_by(_CONNECTION, "{series}"), _CONNECTION,
            Comparison.ABOVE, 0, timedelta(minutes=5), Severity.CRITICAL, Look.NUMBER,
            Words("{connection} ({tap}) waits for a person. Open repairs: {value}.",
                  "{connection} ({tap}) wacht op een mens. Openstaande reparaties: {value}."),
            Words("Mostly it must be authorised again. kpitaps status says what is to be done.",
                  "Meestal moet er opnieuw toegang worden gegeven. kpitaps status zegt wat er moet gebeuren.")),
        Trouble("check_failing", Words("A check cannot judge", "Een controle kan niet oordelen"),
            "kpitaps_check_up", one_by((*_CONNECTION, "check"), "{series}"), (*_CONNECTION, "check"),
            Comparison.BELOW, 1, down, Severity.WARNING, Look.NUMBER,
            Words("{connection} ({tap}): the check {check} could not judge.",
                  "{connection} ({tap}): de controle {check} kon niet oordelen."),
            Words("Until it can, nobody knows whether these figures agree with the source.",
                  "Tot dat weer kan, weet niemand of deze cijfers met de bron overeenkomen.")),
    )


def _of_process(budget: float) -> tuple[Trouble, ...]:
    return (
        Trouble("budget_low", Words("A source's limit is nearly used up", "De limiet van een bron is bijna op"),
            "kpitaps_api_budget_remaining_ratio", "min by (host, limit) ({series})", ("host", "limit"),
            Comparison.BELOW, budget, timedelta(minutes=15), Severity.WARNING, Look.SHARE,
            Words("Of the limit {limit} of {host} only {value} is left.",
                  "Van de limiet {limit} van {host} is nog maar {value} over."),
            Words("kpitaps waits by itself until there is more, so figures come later. Something else may use the "
                  "same account.",
                  "kpitaps wacht vanzelf tot er weer ruimte is, dus cijfers komen later. Misschien gebruikt iets "
                  "anders hetzelfde account."),
            recovers_at=min(1.0, 2 * budget), of_company=False),
        Trouble("kpitaps_down", Words("kpitaps does not answer", "kpitaps antwoordt niet"),
            INFO, "max(absent({series}) or vector(0))", (),
            Comparison.ABOVE, 0, timedelta(minutes=10), Severity.CRITICAL, Look.NUMBER,
            Words("Prometheus gets no KPIs of {company} from kpitaps.",
                  "Prometheus krijgt geen KPI's van {company} van kpitaps."),
            Words("It is not running, or Prometheus cannot reach it. Until then no other alert can fire.",
                  "Het draait niet, of Prometheus kan er niet bij. Tot die tijd kan geen andere melding afgaan.")),
        Trouble("figures_stuck", Words("The figures stand still", "De cijfers staan stil"),
            "kpitaps_board_published_timestamp_seconds", "max(time() - {series})", (),
            Comparison.ABOVE, 600, timedelta(minutes=2), Severity.CRITICAL, Look.LENGTH,
            Words("kpitaps runs, but last made its figures {value} ago.",
                  "kpitaps draait, maar heeft zijn cijfers {value} geleden voor het laatst bijgewerkt."),
            Words("Mostly kpitaps cannot reach its database: look whether that runs. kpitaps' log says what is wrong. "
                  "Until then dashboards and other alerts go by old figures.",
                  "Meestal kan kpitaps niet bij zijn database: kijk of die draait. In het logboek van kpitaps staat "
                  "wat er mis is. Tot die tijd gaan dashboards en andere meldingen uit van oude cijfers."),
            of_company=False),
        Trouble("remote_read_refused", Words("History is refused", "Geschiedenis wordt geweigerd"),
            "kpitaps_remote_read_requests_total", "ceil(sum(increase({series}[15m]))) or vector(0)", (),
            Comparison.ABOVE, 0, timedelta(0), Severity.WARNING, Look.NUMBER,
            Words("Requests for history that kpitaps refused in 15 minutes: {value}.",
                  "Verzoeken om geschiedenis die kpitaps in 15 minuten weigerde: {value}."),
            Words("A panel or a rule asks for more than a request may have. The log names the limit.",
                  "Een paneel of regel vraagt meer dan een verzoek mag hebben. Het logboek noemt de limiet."),
            of_company=False, labels=(("outcome", "refused"),)),
    )
# fmt: on
