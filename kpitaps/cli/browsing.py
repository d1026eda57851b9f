"""Asking the person at the terminal to consent, in a browser on this machine or on another."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from kpitaps.cli.output import err
from kpitaps.errors import NeedsAuth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kpitaps.app import Asking
    from kpitaps.http import Auth

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""Where none of these variables is set, Linux knows at most browsers that would take over the terminal."""


@contextmanager
def asking(
    kinds: Iterable[Auth], redirect: str, *, browser: bool, paste: bool, seconds: float
) -> Iterator[tuple[Asking | None, str]]:
    """Give how to ask, and the redirect address to ask with; nobody is asked where no kind of authorisation needs it.

    Args:
        kinds: The kinds of authorisation that the tap knows.
        redirect: The redirect address that the app is registered with; empty for a free port of this machine.
        browser: Whether to open a browser here; the address is printed in any case.
        paste: Whether the person hands over the address that the browser ends at, as must be where it is not of this
            machine.
        seconds: How long to wait for the browser to come back.

    Raises:
        BadUse: if the redirect address cannot be listened on.
    """
    from kpitaps.app import REDIRECT  # noqa: PLC0415
    from kpitaps.http import AuthorizationCode  # noqa: PLC0415
    from kpitaps.http.callback import ADDRESS, Callback, loopback_port  # noqa: PLC0415

    if not any(isinstance(kind, AuthorizationCode) for kind in kinds):
        yield None, REDIRECT
        return
    if paste or (redirect and loopback_port(redirect) is None):
        yield _pasted, redirect or REDIRECT
        return
    with Callback(redirect or ADDRESS) as callback:

        def browsed(url: str) -> str:
            callback.expect(parse_qs(urlsplit(url).query)["state"][0])
            err(f"To consent, open this address in a browser:\n\n  {url}\n")
            if browser and (sys.platform in ("darwin", "win32") or any(map(os.environ.get, _SCREENS))):
                webbrowser.open(url)
            err(f"Waiting up to {seconds:g} s for the browser to come back to {callback.url} …")
            return callback.wait(seconds=seconds)

        yield browsed, callback.url


def _pasted(url: str) -> str:
    err(
        f"To consent, open this address in a browser:\n\n  {url}\n\n"
        "The browser then ends at an address with a code in it, on a page that may not exist. Paste that address here:"
    )
    if not (answer := sys.stdin.readline().strip()):
        raise NeedsAuth("nobody has handed over the address that the browser ended at: authorise again")
    return answer
