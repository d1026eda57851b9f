"""Rules of operations: whether kpitaps itself does what it should."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.alerts.message import Asked, LabelValue, Look, Own, composed
from kpitaps.alerts.places import dashboard_uid, rule_uid
from kpitaps.alerts.rule import Group, Rule
from kpitaps.alerts.troubles import troubles
from kpitaps.alerts.watched import series
from kpitaps.kpis.metric_names import DATA_THROUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.alerts.alerts_file import AlertsFile
    from kpitaps.alerts.message import Piece
    from kpitaps.alerts.troubles import Trouble
    from kpitaps.alerts.watched import Watched
    from kpitaps.kpis import CompanyFace


def operations_rules(
    watched: Watched, alerts: AlertsFile, grafana_url: str, docs_url: str, *, with_process: bool
) -> Iterator[Rule]:
    """Yield the rules of operations of a company; ``with_process`` adds those of the process as a whole."""
    for trouble in troubles(alerts.operations):
        if trouble.key in alerts.operations.off or not (trouble.of_company or with_process):
            continue
        company = watched.company.key
        own = {"company": company} if trouble.of_company else {}
        key = f"operations-{trouble.key}"
        found = series(trouble.metric, **own, **dict(trouble.labels))
        yield Rule(
            uid=rule_uid(company, key),
            key=key,
            company=company,
            group=Group.OPERATIONS,
            title=trouble.title.said(watched.language),
            query=trouble.query.format(series=found),
            comparison=trouble.comparison,
            threshold=trouble.threshold,
            recovers_at=trouble.recovers_at,
            pending=trouble.pending,
            keep_firing=timedelta(0),
            severity=trouble.severity,
            labels=(("domain", "kpitaps"),),
            by=trouble.by,
            summary=composed(trouble.summary.said(watched.language), **_pieces(trouble, watched.company)),
            description=(trouble.description.said(watched.language),),
            owner="",
            dashboard=dashboard_uid(company, "health"),
            panel=None,
            grafana_url=grafana_url,
            docs_url=f"{docs_url}#{trouble.key}",
            route=alerts.route(alerts.operations),
            language=watched.language,
        )


def _pieces(trouble: Trouble, company: CompanyFace) -> dict[str, Piece]:
    labels: dict[str, Piece] = {label: LabelValue(label) for label in trouble.by}
    late = series(DATA_THROUGH, company=company.key)
    limit = f"{trouble.threshold:.0f}"
    number = Asked(f"count by (company) (time() - {late} > {limit})", Look.NUMBER, otherwise="0")
    return {**labels, "company": company.name or company.key, "value": Own(trouble.look), "late": number}
