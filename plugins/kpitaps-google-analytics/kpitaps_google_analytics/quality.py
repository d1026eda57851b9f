"""What Google says against its own figures, as flags.

| Google says | quality |
|---|---|
| ``samplingMetadatas`` | sampled, with the share that was read |
| ``subjectToThresholding`` | thresholded |
| ``dataLossFromOtherRow``, ``dataTruncationReasons`` | truncated |
| ``schemaRestrictionResponse`` | incomplete, only of the measures concerned: a role hides them, they read 0 |
| ``emptyReason`` | incomplete: nothing is shown, which does not mean that nothing was |

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import DaySpan, Flag, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kpitaps import Measure
    from kpitaps_google_analytics.payloads import (
        ActiveMetricRestriction,
        DataTruncationReason,
        ResponseMetaData,
        SamplingMetadata,
    )
    from kpitaps_google_analytics.reports import Report

    Feeds = Mapping[str, Sequence[Measure]]

_HIDDEN = {
    "COST_DATA": ("costs", "No Cost Metrics"),
    "REVENUE_DATA": ("revenue", "No Revenue Metrics"),
}
"""What a data restriction hides, and what it is called in Google Analytics.

https://support.google.com/analytics/answer/10851388
"""


def flags(report: Report, feeds: Feeds, *, by_day: bool = True) -> list[Flag]:
    """Return what is said against a report.

    Args:
        report: The report.
        feeds: Which measures each of its metrics feeds.
        by_day: Whether its figures are of single days; else what is said of some days is said of the date range.
    """
    measures = tuple(dict.fromkeys(measure for fed in feeds.values() for measure in fed))
    found = [
        flag
        for number, days in enumerate(report.ask.days.values())
        for said in report.said
        for flag in (
            *_about_all(said, number, days, measures),
            *_truncated(said, days, measures, by_day=by_day),
            *_restricted(said, days, feeds),
        )
    ]
    # Each page of a report says the same.
    return list(dict.fromkeys(found))


def _about_all(said: ResponseMetaData, number: int, days: DaySpan, measures: tuple[Measure, ...]) -> Iterator[Flag]:
    # One sampling per date range, in the order in which they were asked for.
    if said.sampling_metadatas and (reason := _sample(said.sampling_metadatas[number : number + 1])):
        yield Flag(Quality.SAMPLED, measures, *days, reason)
    if said.subject_to_thresholding:
        reason = "Google leaves out rows of few visitors, so that nobody can be recognised."
        yield Flag(Quality.THRESHOLDED, measures, *days, reason)
    if said.data_loss_from_other_row:
        reason = "Google has lumped together what is rare as “(other)”: the report has too many different values."
        yield Flag(Quality.TRUNCATED, measures, *days, reason)
    if said.empty_reason:
        yield Flag(Quality.INCOMPLETE, measures, *days, f"Google shows nothing, and says why: {said.empty_reason}.")


def _truncated(said: ResponseMetaData, days: DaySpan, measures: tuple[Measure, ...], *, by_day: bool) -> Iterator[Flag]:
    for cut in said.data_truncation_reasons:
        for first, last in _cut_days(cut, days):
            yield Flag(Quality.TRUNCATED, measures, *((first, last) if by_day else days), _truncation(cut))


def _restricted(said: ResponseMetaData, days: DaySpan, feeds: Feeds) -> Iterator[Flag]:
    for restriction in said.schema_restriction_response.active_metric_restrictions:
        if fed := tuple(feeds.get(restriction.metric_name, ())):
            reason, fix = _restriction(restriction)
            yield Flag(Quality.INCOMPLETE, fed, *days, reason, fix=fix)


def _sample(told: Sequence[SamplingMetadata]) -> str:
    """Return what to say of a date range in a sampled report; nothing if all of its own events were read."""
    if not (told and told[0].sampling_space_size):
        return "Google answered from a sample of the events."
    read, there = told[0].samples_read_count, told[0].sampling_space_size
    return f"Google answered from a sample of {100 * read / there:.3g} % of the events." if read < there else ""


def _truncation(cut: DataTruncationReason) -> str:
    kind = cut.data_truncation_type.removeprefix("DATA_TRUNCATION_TYPE_").replace("_", " ").lower()
    why = cut.data_truncation_message or kind or "it does not say why"
    return f"Google has cut off a part of the data: {why.rstrip('.')}."


def _cut_days(cut: DataTruncationReason, asked: DaySpan) -> Iterator[DaySpan]:
    """Yield the asked days that are cut off: all of them, unless Google says which."""
    told = [DaySpan(each.start_date, each.end_date) for each in cut.data_truncation_date_ranges]
    if cut.data_truncation_date is not None:
        told.append(DaySpan(asked.first, cut.data_truncation_date - timedelta(days=1)))
    for days in told or [asked]:
        both = DaySpan(max(days.first, asked.first), min(days.last, asked.last))
        if both.first <= both.last:
            yield both


def _restriction(restriction: ActiveMetricRestriction) -> tuple[str, str]:
    known = [_HIDDEN[kind] for kind in restriction.restricted_metric_types if kind in _HIDDEN]
    what = " and ".join(hidden for hidden, _ in known) or restriction.metric_name
    names = " and ".join(f"“{name}”" for _, name in known) or "the data restriction"
    return (
        f"Google hides {what} from the account that kpitaps reads with, and shows 0 instead.",
        f"In Google Analytics, under Admin → Property access management, take {names} off the role of that account",
    )
