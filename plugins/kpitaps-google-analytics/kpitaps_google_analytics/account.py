"""Whose figures these are: the property, its zone and its currency."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import Account, DaySpan, NeedsAuth
from kpitaps_google_analytics.reports import Ask, run
from kpitaps_google_analytics.spans import SPAN

if TYPE_CHECKING:
    from kpitaps import Context
    from kpitaps_google_analytics.settings import PropertySettings


def read(ctx: Context) -> Account:
    """Ask for a small report: each one names the property's zone and currency.

    Names of properties are told by another API only, which would have to be switched on as well.

    Raises:
        NeedsAuth: if Google does not show the property, saying what to do; it answers the same for a wrong number and
            for a missing right.
    """
    # The property's zone is not known yet; the day before today's in UTC has begun in every zone.
    begun = ctx.now.date() - timedelta(days=1)
    try:
        (report,) = run(ctx, [Ask(("sessions",), {SPAN: DaySpan(begun, begun)})])
    except NeedsAuth as refused:
        if refused.account:
            raise
        raise NeedsAuth(_advice(ctx.settings, str(refused))) from None
    said = report.said[0]
    return Account(
        id=ctx.settings.property_id,
        name=f"Google Analytics {ctx.settings.property_id}",
        time_zone=said.time_zone,
        currency=said.currency_code,
    )


def _advice(settings: PropertySettings, refusal: str) -> str:
    if "disabled" in refusal or "has not been used" in refusal:
        where = "the Google Cloud project of the key or the OAuth client"
        return f"switch on the Google Analytics Data API in {where}: {refusal}"
    if "insufficient authentication scopes" in refusal:
        return f"the consent does not include seeing Google Analytics data: authorise again, and allow it: {refusal}"
    number = settings.property_id
    return (
        f"Google does not show property {number} to {_reader(settings)}. Either {number} is not the property ID: see "
        "Admin → Property details. Or that account has no right to it: add it as a Viewer under "
        f"Admin → Property access management. Google said: {refusal}"
    )


def _reader(settings: PropertySettings) -> str:
    if settings.service_account is None:
        return "the Google account that has consented"
    return str(json.loads(settings.service_account.get_secret_value())["client_email"])
