"""How long pages took to show, where the site reports it in a custom metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, BadSettings
from kpitaps_google_analytics.amounts import amount, day, product
from kpitaps_google_analytics.limits import REPORT_COST
from kpitaps_google_analytics.payloads import Metadata
from kpitaps_google_analytics.quality import flags
from kpitaps_google_analytics.reports import DATE, Ask, place, run
from kpitaps_google_analytics.spans import SPAN, days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry, Flag, Span

PAGE_LOAD = VOCABULARY["page_load"]
FEEDS = [PAGE_LOAD]

_SUM, _COUNT = "customEvent:", "countCustomEvent:"
_SECONDS = {
    "TYPE_MILLISECONDS": "0.001",
    "TYPE_SECONDS": "1",
    "TYPE_MINUTES": "60",
    "TYPE_HOURS": "3600",
    # Without a unit: browsers, and so the usual scripts, tell milliseconds.
    "TYPE_STANDARD": "0.001",
    "TYPE_INTEGER": "0.001",
    "TYPE_FLOAT": "0.001",
}


def read(ctx: Context, span: Span) -> Iterator[Entry | Flag]:
    """Read the mean page load of the days of ``span``; nothing where no custom metric is named."""
    name = ctx.settings.page_load_metric
    if not name:
        return
    ctx.once("page load metric", lambda: _checked(ctx, name))
    total, count = f"{_SUM}{name}", f"{_COUNT}{name}"
    (report,) = run(ctx, [Ask((total, count), {SPAN: days_of(ctx, span)}, (DATE,))])
    yield from flags(report, {total: FEEDS, count: FEEDS})
    unit = _unit(report.types.get(total, ""), name)
    for row in report.rows:
        if (on := day(row[DATE])) is not None and (loads := amount(row[count])):
            yield PAGE_LOAD.on(on, product(row[total], unit), of=loads)


def _unit(kind: str, name: str) -> str:
    """Return how many seconds one is."""
    if kind and kind not in _SECONDS:
        raise BadSettings(f"setting page_load_metric: {name} is no duration but a {kind.removeprefix('TYPE_').lower()}")
    return _SECONDS.get(kind, "0.001")


def _checked(ctx: Context, name: str) -> str:
    """Return ``name`` if the property has a custom metric of that name.

    Raises:
        BadSettings: naming those it has.
    """
    told = Metadata.model_validate_json(ctx.http.get(place(ctx, "/metadata"), cost=REPORT_COST).content)
    own = [each.api_name.removeprefix(_SUM) for each in told.metrics if each.api_name.startswith(_SUM)]
    if name not in own:
        there = f"there are {', '.join(sorted(own))}" if own else "it has none"
        raise BadSettings(f"setting page_load_metric: the property has no custom metric {name}; {there}")
    return name
