"""Whose books they are, in which zone and currency, and whether deletions may be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import Account, Advice, BadSettings, NeedsAuth
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.odata import RIGHTS, read_one, read_rows
from kpitaps_exact_online.payloads import Deleted, Division, Me

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from kpitaps import Context

ACTIVE = 1
"""A company's status in ``system/Divisions``, which lists those that the user may see; ``hrm/Divisions`` says 0."""

ZONES = {
    "nl": "Europe/Amsterdam",
    "be": "Europe/Brussels",
    "fr": "Europe/Paris",
    "de": "Europe/Berlin",
    "co.uk": "Europe/London",
    "es": "Europe/Madrid",
}
"""Site of Exact Online → the zone of its times."""

COUNTRY_ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "IT": "Europe/Rome",
    "LU": "Europe/Luxembourg",
    "NL": "Europe/Amsterdam",
    "PL": "Europe/Warsaw",
    "US": "America/New_York",
}
"""Country of a company on the international site → its zone; of the United States the one of most companies."""

NO_DELETIONS = "no_deletions"
"""Code of the advice that deletions may not be seen."""

_NEVER = 2**63 - 2
"""A row version that no deletion has."""


@tap.account
def account(ctx: Context) -> Account:
    """Ask who consented, and which company is meant.

    Raises:
        BadSettings: if there are several companies and none is chosen, or the one that is chosen is not active.
        NeedsAuth: if the user may not see it.
    """
    me = read_one(ctx, "current/Me", Me, division=None)
    if me is None:
        raise NeedsAuth("Exact Online does not say who has authorised kpitaps: authorise again", account=True)
    division = _chosen(ctx, me)
    zone = _zone(ctx, division)
    found = Account(
        id=str(division.code),
        name=division.name or str(division.code),
        time_zone=zone,
        currency=division.currency,
        user=me.user_id,
        # When a company is moved to another database, all its row versions are given out anew.
        epoch=f"{division.moved or ''} {division.linked or ''}".strip(),
    )
    advice = (*_clock_advice(ctx, me, found.zone), *_deletions_advice(ctx, found.id))
    return Account(found.id, found.name, zone, found.currency, advice=advice, user=found.user, epoch=found.epoch)


def sees_deletions(ctx: Context) -> bool:
    """Return whether the user may see what was deleted."""
    return all(advice.code != NO_DELETIONS for advice in ctx.account.advice)


def _chosen(ctx: Context, me: Me) -> Division:
    if code := ctx.settings.division:
        # Asked as that company, so that a user who may not see it is refused here and now.
        found = next(_divisions(ctx, code, f"Code eq {code}"), None)
        if found is None:
            raise BadSettings(f"setting division: the user sees no company with the code {code}")
        if found.status != ACTIVE:
            raise BadSettings(f"setting division: {code} ({found.name}) is not active any more")
        return found
    active = [division for division in _divisions(ctx, me.current_division) if division.status == ACTIVE]
    if len(active) == 1:
        return active[0]
    names = ", ".join(f"{division.code} ({division.name})" for division in active) or "none that is active"
    raise BadSettings(f"setting division: choose one of the companies that the user sees: {names}")


def _divisions(ctx: Context, asking: int, where: str = "") -> Iterator[Division]:
    return read_rows(ctx, "system/Divisions", Division, where, order="Code", division=str(asking))


def _zone(ctx: Context, division: Division) -> str:
    if zone := ZONES.get(ctx.settings.country):
        return zone
    if division.country in COUNTRY_ZONES:
        return COUNTRY_ZONES[division.country]
    raise BadSettings(
        f"setting division: the time zone of {division.name} is not known, for its country is {division.country}: "
        "report it to the author of kpitaps-exact-online"
    )


def _clock_advice(ctx: Context, me: Me, zone: ZoneInfo) -> Iterator[Advice]:
    expected = ctx.now.astimezone(zone).utcoffset() or timedelta()
    if me.utc_offset is not None and int(me.utc_offset) != int(expected.total_seconds()):
        yield Advice(
            "zone",
            f"Exact Online's clock is {int(me.utc_offset)} s ahead of UTC, that of {zone} is not: "
            "what happens around midnight may be on the wrong day",
            "Report it to the author of kpitaps-exact-online, with the country of the company",
        )


def _deletions_advice(ctx: Context, division: str) -> Iterator[Advice]:
    """Try to read what was deleted: it takes a right of its own, without which deletions are found by reading all."""
    try:
        next(read_rows(ctx, "sync/Deleted", Deleted, f"Timestamp gt {_NEVER}L", division=division), None)
    except NeedsAuth as refused:
        if refused.account:
            raise
        yield Advice(
            NO_DELETIONS,
            f"Exact Online does not tell this user what was deleted: {refused}. Deletions are noticed once a week",
            f"Give the user {RIGHTS['sync/Deleted']}",
        )
