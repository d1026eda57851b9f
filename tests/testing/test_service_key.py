"""A service account's key as sandboxes give it out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from kpitaps.testing.service_key import ServiceKey, _key

KEY = ServiceKey("kpi@kade.iam.example.org", "https://tokens.example.org/token")


def test_the_file_holds_what_a_tap_needs() -> None:
    """Whoever signs with the private key in it is believed."""
    file = json.loads(KEY.text)
    assert (file["client_email"], file["token_uri"]) == (KEY.email, KEY.token_url)
    signed = jwt.encode({"alg": "RS256"}, {"iss": KEY.email}, RSAKey.import_key(file["private_key"]))
    assert KEY.claims(signed) == {"iss": KEY.email}


def test_the_file_is_the_same_in_every_sandbox_of_a_process() -> None:
    """A ledger that was loaded from one sandbox goes on with another."""
    assert ServiceKey(KEY.email, KEY.token_url).text == KEY.text


def test_sandboxes_that_start_side_by_side_have_one_key() -> None:
    """Else what one has given out is not believed by another."""
    _key.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(lambda _: KEY.text, range(4))}) == 1


@pytest.mark.parametrize(
    "signed",
    [
        jwt.encode({"alg": "RS256"}, {"iss": KEY.email}, RSAKey.generate_key(2048)),
        jwt.encode({"alg": "HS256"}, {"iss": KEY.email}, OctKey.import_key("a secret that is long enough for this")),
        "a.b.c",
        "",
    ],
    ids=["another key", "another algorithm", "rubbish", "nothing"],
)
def test_what_the_key_did_not_sign_is_not_believed(signed: str) -> None:
    """Neither another key nor another algorithm will do."""
    assert KEY.claims(signed) is None
