"""Asking a person to consent: the address to send the browser to, and what is done with the code that comes back.

Used in three steps, by the command line or a web page::

    with Callback() as callback:  # kpitaps.http.callback
        asked = ask_consent(terms, settings, callback.url)
        callback.expect(asked.state)  # then open asked.url in a browser
        tokens = redeem(http, terms, settings, asked, asked.code(callback.wait(seconds=300)))
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx

from kpitaps.errors import KpitapsError, NeedsAuth, RetryLater, TapBug
from kpitaps.http.answers import body_of, issued
from kpitaps.http.hosts import expand
from kpitaps.http.pkce import challenge_of, new_verifier
from kpitaps.http.retry import Trouble
from kpitaps.http.verdicts import complaint, final_error, passing_trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.http.answers import Issued
    from kpitaps.http.client import Http
    from kpitaps.http.oauth import AuthorizationCode
    from kpitaps.http.reply import Reply


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A question to a person, to be kept until the answer comes.

    Attributes:
        url: Where the browser is sent.
        redirect_uri: Where the source sends the browser back to.
        verifier: What the code is redeemed with; empty without PKCE.
        state: What must come back with the answer, so that nobody can slip us another one's.
    """

    url: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(repr=False)
    state: str = field(repr=False)

    def code(self, redirected: str) -> str:
        """Return the code in ``redirected``, the address that the browser was sent back to.

        Raises:
            NeedsAuth: if the person declined, or the address does not belong to this question.
        """
        query = parse_qs(urlsplit(redirected.strip()).query)
        state, code, error = (query.get(name, [""])[0] for name in ("state", "code", "error"))
        if not hmac.compare_digest(state.encode(), self.state.encode()):
            raise NeedsAuth(
                "this is not the answer to the question that was asked: authorise again, and hand over the whole "
                "address that the browser was sent back to"
            )
        if not code:
            reason = error[:100] or "nothing"
            raise NeedsAuth(f"the source was asked for consent and answered {reason!r}: authorise again")
        return code


def ask_consent(terms: AuthorizationCode, settings: Mapping[str, str], redirect_uri: str) -> ConsentRequest:
    """Return the question to send a browser with; the answer comes back to ``redirect_uri``.

    Raises:
        BadSettings: for a value that cannot be part of a host name.
        TapBug: for a name that is no setting, or an address that is not https.
    """
    verifier, state = new_verifier() if terms.pkce else "", secrets.token_urlsafe(32)
    address = expand(terms.authorize_url, settings)
    if httpx.URL(address).scheme != "https":
        raise TapBug(f"authorize_url {address} is not an https address")
    params = {name: expand(value, settings) for name, value in terms.asked.items()} | {
        "response_type": "code",
        "client_id": terms.client(settings)["client_id"],
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if terms.scopes:
        params["scope"] = " ".join(expand(scope, settings) for scope in terms.scopes)
    if verifier:
        params |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    url = str(httpx.URL(address).copy_merge_params(params))
    return ConsentRequest(url, redirect_uri, verifier, state)


def redeem(
    http: Http,
    terms: AuthorizationCode,
    settings: Mapping[str, str],
    asked: ConsentRequest,
    code: str,
) -> Issued:
    """Exchange a code for tokens; whoever asked keeps them once it is known whose account they open.

    Args:
        http: A client that may reach the token endpoint; it needs no authorisation.
        terms: The tap's terms.
        settings: The connection's settings, secrets in clear text.
        asked: The question that the code answers.
        code: The code.

    Raises:
        NeedsAuth: if the source refuses the code; a code works once, for a few minutes.
        RetryLater: if the source cannot answer now: consent once more, because nobody knows if the code is used up.
        BadSettings, TapBug: if the token endpoint is not there, or answers nonsense.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked.redirect_uri}
    proof = {"code_verifier": asked.verifier} if asked.verifier else {}
    try:
        reply = http.exchange(expand(terms.token_url, settings), terms.client(settings) | form | proof)
    except Trouble as trouble:
        raise RetryLater(f"{trouble}: authorise again", after=trouble.after) from None
    return _tokens(reply, terms)


def _tokens(reply: Reply, terms: AuthorizationCode) -> Issued:
    tokens = issued(body_of(reply), terms.life) if reply.ok else None
    if tokens is None:
        raise _no_tokens(reply)
    return tokens


def _no_tokens(reply: Reply) -> KpitapsError:
    if trouble := passing_trouble(reply, f"POST {reply.url}", 0.0):
        return RetryLater(f"{trouble}: authorise again", after=trouble.after)
    if reply.status in (400, 401, 403) or (reply.ok and "error" in body_of(reply)):
        return NeedsAuth(
            f"{reply.url} refused the code with {reply.status}{complaint(reply)}: check the client id, the secret and "
            "the redirect address that the app is registered with, and authorise again"
        )
    if reply.ok or 300 <= reply.status < 400:
        return TapBug(f"{reply.url} answered {reply.status} without an access_token")
    return final_error(reply, f"POST {reply.url}", 0.0)
