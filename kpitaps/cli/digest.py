"""``kpitaps digest``: the week or the month, shown or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, err, out, out_json
from kpitaps.errors import BadUse, RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.app import Runtime
    from kpitaps.app.digest.plans import Planned
    from kpitaps.app.digest.sending import Report
    from kpitaps.store import Sending

_FORMATS = ("text", "html", "slack", "teams", "json")


def digest(
    key: Annotated[str, typer.Argument(help="Key of a digest in digests.toml; by default none of them.")] = "",
    every: Annotated[str, typer.Option(help="The last full 'week' or 'month'.")] = "",
    so_far: Annotated[bool, typer.Option("--so-far", help="The week or month that is running, up to now.")] = False,
    company: Annotated[str, typer.Option(help="Key of the company, where there are several.")] = "",
    language: Annotated[str, typer.Option(help="'nl' or 'en'; by default that of the company's country.")] = "",
    form: Annotated[str, typer.Option("--format", help="text, html, slack, teams or json.")] = "text",
    send: Annotated[bool, typer.Option("--send", help="Send it where digests.toml says, unless it was sent.")] = False,
    again: Annotated[bool, typer.Option("--again", help="With --send: even if it was sent.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List digests.toml, and how sending went last.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show or send the digest of the week or the month.

    Goals that need attention come first, then the key figures, what has changed afterwards, and how fresh the data is.
    """
    from kpitaps.app.digest.plans import read_plans  # noqa: PLC0415

    _check(key, form=form, language=language, every=every, send=send, again=again)
    with opened() as runtime:
        plans, errors = read_plans(runtime.environment.home)
        for error in errors:
            err(f"Error: {error}")
        if listed:
            _list(runtime, plans, json=json)
        else:
            planned = _planned(plans, key) if key else None
            if planned is not None and send:
                _send(runtime, planned, again=again, json=json)
            else:
                shown = "json" if json else form
                out(_shown(runtime, planned, shown, every, so_far=so_far, company=company, language=language))
    if errors and listed:
        raise errors[0]


def _check(key: str, *, form: str, language: str, every: str, send: bool, again: bool) -> None:
    for name, value, known in (
        ("--format", form, _FORMATS),
        ("--language", language, ("", "nl", "en")),
        ("--every", every, ("", "week", "month")),
    ):
        if value not in known:
            raise BadUse(f"{name} {value}: choose one of {', '.join(filter(None, known))}")
    if send and not key:
        raise BadUse("say which digest of digests.toml to send: kpitaps digest <key> --send; --list shows them")
    if again and not send:
        raise BadUse("--again goes with --send")


def _planned(plans: Sequence[Planned], key: str) -> Planned:
    from kpitaps.app.digest.plans import FILE, named_plan  # noqa: PLC0415
    from kpitaps.kpis.files import near  # noqa: PLC0415

    if (found := named_plan(plans, key)) is None:
        known = [planned.key for planned in plans]
        way_out = near(key, known) if known else f"write one: [digest.{key}]"
        raise BadUse(f"there is no digest {key!r} in {FILE}; {way_out}")
    return found


def _shown(
    runtime: Runtime, planned: Planned | None, form: str, every: str, *, so_far: bool, company: str, language: str
) -> str:
    import orjson  # noqa: PLC0415 - with the rest: nothing of this is needed to show --help

    from kpitaps.app import named_company  # noqa: PLC0415
    from kpitaps.app.digest.gathering import gather  # noqa: PLC0415
    from kpitaps.app.digest.pages import as_html, as_text  # noqa: PLC0415
    from kpitaps.app.digest.period import Every  # noqa: PLC0415
    from kpitaps.app.digest.plans import language_of  # noqa: PLC0415
    from kpitaps.app.digest.sending import payload  # noqa: PLC0415
    from kpitaps.app.digest.told import tell  # noqa: PLC0415
    from kpitaps.app.digest.wording import Voice  # noqa: PLC0415

    plan = planned.plan if planned else None
    whose = named_company(runtime, company or (plan.company if plan else ""))
    how_often = Every(every) if every else plan.every if plan else Every.WEEK
    key, kpis = (planned.key, planned.plan.kpis) if planned else ("", ())
    gathered = gather(runtime, whose, how_often, key=key, kpis=kpis, so_far=so_far)
    told = tell(gathered, Voice(language or language_of(planned, whose.time_zone)))
    if form in ("text", "html"):
        return (as_text if form == "text" else as_html)(told).rstrip("\n")
    return orjson.dumps(payload(gathered, told, form), option=orjson.OPT_INDENT_2).decode()


def _send(runtime: Runtime, planned: Planned, *, again: bool, json: bool) -> None:
    from kpitaps.app.digest.sending import due, sentence  # noqa: PLC0415
    from kpitaps.app.digest.sending import send as hand_over  # noqa: PLC0415
    from kpitaps.store.digests import SENT  # noqa: PLC0415

    reports = hand_over(runtime, due(runtime, planned), again=again)
    if json:
        out_json([_report_json(report) for report in reports])
    else:
        for report in reports:
            out(f"{sentence(report)}.")
    if wrong := [report for report in reports if report.state != SENT]:
        raise RetryLater("; ".join(sentence(report) for report in wrong))


def _report_json(report: Report) -> dict[str, Any]:
    letter = report.letter
    return {
        "digest": letter.digest,
        "channel": letter.channel,
        "first_day": letter.span.first.isoformat(),
        "last_day": letter.span.last.isoformat(),
        "state": report.state,
        "new": report.is_new,
        "message": report.message,
    }


def _list(runtime: Runtime, plans: Sequence[Planned], *, json: bool) -> None:
    from kpitaps.app.digest.sending import due  # noqa: PLC0415
    from kpitaps.store.digests import list_sendings  # noqa: PLC0415

    found = [due(runtime, planned) for planned in plans]
    sendings = {each.company.id: list_sendings(runtime.ledger.database, each.company.id) for each in found}
    rows = [
        {
            "digest": each.planned.key,
            "company": each.company.key,
            "every": each.planned.plan.every.value,
            "at": f"{each.planned.plan.at:%H:%M}",
            "to": list(each.planned.plan.to),
            "webhook": bool(each.planned.plan.webhook),
            "last": [
                _last_json(sending)
                for sending in sendings[each.company.id]
                if sending.letter.digest == each.planned.key
            ],
        }
        for each in found
    ]
    if json:
        out_json(rows)
    elif rows:
        _table(rows)
    else:
        out("There are no digests yet: write digests.toml in the folder KPITAPS_HOME.")


def _last_json(sending: Sending) -> dict[str, str]:
    return {
        "channel": sending.letter.channel,
        "first_day": sending.letter.span.first.isoformat(),
        "last_day": sending.letter.span.last.isoformat(),
        "state": sending.state,
        "at": sending.at.isoformat(),
        "message": sending.message,
    }


def _table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table("Digest", "Company", "Every", "At", "Goes to", "Last", "State", "Message", box=None)
    for row in rows:
        goes = [*row["to"], *(["a webhook"] if row["webhook"] else [])]
        last = row["last"][0] if row["last"] else {"first_day": "never", "state": "", "message": ""}
        where = ", ".join(goes)
        table.add_row(
            row["digest"],
            row["company"],
            row["every"],
            row["at"],
            where,
            last["first_day"],
            last["state"],
            last["message"],
        )
    console().print(table)
