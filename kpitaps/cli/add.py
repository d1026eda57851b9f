"""``kpitaps add``: connect an account."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from kpitaps.cli.asking import ask_settings, given_settings
from kpitaps.cli.browsing import asking
from kpitaps.cli.opening import opened_to_read
from kpitaps.cli.output import out, out_json
from kpitaps.cli.own import ask_about_overlaps


def add(
    tap: Annotated[str, typer.Argument(help="The tap, as 'kpitaps taps' lists it.")],
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting (lists: a,b); the rest is asked for."),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the connection; by default the account's name.")] = "",
    company: Annotated[str, typer.Option(help="Key of the company it belongs to; made if it is new.")] = "",
    owns: Annotated[
        str,
        typer.Option(metavar="MEASURES", help="What it shall own of what others feed too, with commas, or all."),
    ] = "",
    redirect: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where the app is registered to send browsers back to after a consent."),
    ] = "",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser for a consent: only print the address.")
    ] = False,
    paste: Annotated[
        bool, typer.Option("--paste", help="Read from the terminal where the browser ended after a consent.")
    ] = False,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for a consent.")] = 600.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; ask for no settings.")] = False,
) -> None:
    """Connect an account, or authorise one again.

    Settings that are not given are asked for. They are tried before they are stored, secrets encrypted. Adding an
    account that is there already brings its settings up to date; with --name, those that are not given stay. Where
    somebody must consent, a browser is opened.
    """
    from kpitaps.app import connect, known_settings  # noqa: PLC0415

    with ExitStack() as stack:
        runtime = stack.enter_context(opened_to_read())
        kinds, model = runtime.plugins.tap(tap).auth, runtime.plugins.tap(tap).settings
        consent, address = stack.enter_context(
            asking(kinds, redirect, browser=not no_browser, paste=paste, seconds=wait),
        )
        known = known_settings(runtime, tap, name, company=company)
        given = given_settings(model, values or ())
        asked = {} if json or not sys.stdin.isatty() else ask_settings(model, given, known)
        connection = connect(
            runtime,
            tap,
            {**known, **asked, **given},
            company=company,
            name=name,
            owns=[key for key in owns.split(",") if key],
            consent=consent,
            redirect=address,
        )
        if json:
            out_json({"connection": connection.name, "tap": tap, "account": connection.account_id})
        else:
            ask_about_overlaps(runtime, connection, ask=sys.stdin.isatty() and not owns)
            out(f"Connected {connection.account_name} as {connection.name!r}. Run: kpitaps sync")
