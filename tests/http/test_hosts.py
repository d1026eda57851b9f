from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import BadSettings, TapBug
from kpitaps.http import Http, Listed, MemoryTokens, expand, expand_host, host_label
from kpitaps.http.auth import ClientCredentials

if TYPE_CHECKING:
    from conftest import Answer, AsJson, Connect, Vendor  # the fixtures' types, for readers

HOST = "acme.vendor.example"
FILES = "files.vendor.example"
FOREIGN = "evil.example"
KEYS = {"client_id": "id-1", "client_secret": "s3cr3t-value"}


@pytest.mark.parametrize("value", ["acme", "a", "a-b", "0x1", "x" * 63])
def test_a_dns_label_is_taken(value: str) -> None:
    """One DNS label in lower case may become part of a host name."""
    assert host_label(value) == value


@pytest.mark.parametrize(
    "value", ["", "-a", "a-", "a.b", "evil.example/", "a#", "a@b", "Acme", "é", "x" * 64, "a\n", "a:1", "a b", "a_b"]
)
def test_anything_else_is_no_label(value: str) -> None:
    """Whatever could lead out of the vendor's domain is refused, naming the setting."""
    with pytest.raises(BadSettings, match="setting shop: "):
        host_label(value, name="shop")


def test_a_listed_value_may_be_several_labels() -> None:
    """What the tap's author has listed may have dots, as ``co.uk`` has, and is a host's part all the same."""
    url = expand("https://start.vendor.{country}/x", {"country": Listed("co.uk")})
    assert url == "https://start.vendor.co.uk/x"
    for wrong in ("", ".", "co.", ".uk", "co..uk", "co.uk/", "a@b.uk", "Co.uk"):
        with pytest.raises(BadSettings, match="setting country: "):
            host_label(Listed(wrong), name="country")


@given(st.text(max_size=70))
def test_what_passes_stays_inside_the_domain(value: str) -> None:
    """Any value that is taken gives exactly the host that was meant."""
    from urllib.parse import urlsplit

    try:
        url = expand("https://{shop}.vendor.example/x", {"shop": value})
    except BadSettings:
        return
    assert urlsplit(url).hostname == f"{value}.vendor.example"


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("https://{shop}.vendor.example/a/{path}", "https://acme.vendor.example/a/x%2F..%3Fy"),
        ("/a/{path}/b", "/a/x%2F..%3Fy/b"),
        ("{path}", "x/..?y"),
        ("{shop}:orders", "acme:orders"),
        ("plain", "plain"),
    ],
)
def test_templates_are_filled(template: str, filled: str) -> None:
    """Values are encoded in paths and taken as they are outside of URLs."""
    assert expand(template, {"shop": "acme", "path": "x/..?y"}) == filled


def test_a_template_may_only_name_settings() -> None:
    """A hole without a setting is the tap author's mistake."""
    with pytest.raises(TapBug, match="asks for the setting 'shop': there are region"):
        expand("https://{shop}.vendor.example", {"region": "eu"})


def test_bare_hosts_are_checked_as_well() -> None:
    """A host of the allow-list is filled with labels only."""
    assert expand_host("{shop}.vendor.example", {"shop": "acme"}) == HOST
    with pytest.raises(BadSettings):
        expand_host("{shop}.vendor.example", {"shop": "evil.example/"})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"https://{FOREIGN}/orders", f"the tap leads to {FOREIGN}, which is not one of the tap's hosts: {HOST}"),
        (f"https://{HOST}.{FOREIGN}/", "not one of the tap's hosts"),
        (f"https://{HOST}@{FOREIGN}/", "not one of the tap's hosts"),
        (f"https://{HOST}:8443/", "not one of the tap's hosts"),
        (f"https://{HOST}./", "not one of the tap's hosts"),
        (f"https://user:pw@{HOST}/", "holds a password"),
        ("file:///etc/passwd", "leads to no host"),
        ("https://[::1", "is no address"),
        ("/a\x00b", "is no address"),
    ],
)
def test_only_allowed_hosts_are_asked(connect: Connect, vendor: Vendor, path: str, words: str) -> None:
    """An absolute URL of any other host is refused before anything is sent."""
    with pytest.raises(TapBug, match=re.escape(words)):
        connect().get(path)
    assert vendor.seen == []


@pytest.mark.parametrize("path", ["/orders", "orders", f"https://{HOST}/orders", "//orders", "/x/../orders"])
def test_paths_lie_below_the_base_url(connect: Connect, vendor: Vendor, answer: type[Answer], path: str) -> None:
    """Relative paths and absolute URLs of the base host lead to the same place."""
    vendor.says("/orders", answer())
    assert connect().get(path).ok


def test_a_base_url_may_have_a_path(vendor: Vendor, answer: type[Answer]) -> None:
    """A relative path, also one with colons as Google's, is added to the base URL's own; a slash at its end is kept."""
    vendor.says("/v1/reports:run", answer())
    vendor.says("/v1/orders/", answer())
    with Http(f"https://{HOST}/v1/", [HOST], routes={HOST: vendor.url}) as http:
        http.get("reports:run")
        http.get("/orders/")
    assert vendor.paths() == ["/v1/reports:run", "/v1/orders/"]


def test_the_scheme_is_https() -> None:
    """Without a route nothing goes out in the clear."""
    with pytest.raises(TapBug, match="by http: only https is allowed"):
        Http(f"http://{HOST}", [HOST])


def test_the_base_host_must_be_allowed() -> None:
    """A base URL outside of the allow-list is a mistake in the tap."""
    with pytest.raises(TapBug, match="its base URL"):
        Http(f"https://{HOST}", [FOREIGN])


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1:80",
        "http://vendor.example:80",
        "https://127.0.0.1:80",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80/path",
        "http://0.0.0.0:80",
        "http://[2001:db8::1]:80",
    ],
)
def test_a_route_leads_to_loopback_only(target: str) -> None:
    """A developer's route cannot send a vendor's tokens to another machine."""
    with pytest.raises(BadSettings, match="it may only lead to"):
        Http(f"https://{HOST}", [HOST], routes={HOST: target})


def test_a_route_keeps_the_host_header(
    connect: Connect, vendor: Vendor, answer: type[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox sees the vendor's host, and no proxy stands in between."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    vendor.says("/orders", answer())
    connect().get("/orders")
    assert vendor.seen[0].headers["host"] == HOST


@pytest.mark.parametrize("location", [f"https://{HOST}/new", "/new", "new", f"http://{HOST}/new"])
def test_redirects_within_the_host_are_followed(
    connect: Connect, vendor: Vendor, answer: type[Answer], location: str
) -> None:
    """A redirect to the same host is followed, token and all."""
    vendor.says("/old", answer(302, headers={"Location": location}))
    vendor.says("/new", answer())
    assert connect(headers={"X-Key": "k"}).get("/old").ok
    assert vendor.paths() == ["/old", "/new"]
    assert vendor.seen[1].headers["x-key"] == "k"


@pytest.mark.parametrize("location", [f"https://{FOREIGN}/steal", "http://127.0.0.1:1/steal", f"//{FOREIGN}/steal"])
def test_redirects_to_foreign_hosts_are_refused(
    connect: Connect, vendor: Vendor, answer: type[Answer], location: str
) -> None:
    """A redirect off the allow-list ends in a sentence, and nothing is sent there."""
    vendor.says("/old", answer(302, headers={"Location": location}))
    with pytest.raises(TapBug, match=f"a redirect of {HOST} leads to"):
        connect().get("/old")
    assert len(vendor.seen) == 1


def test_an_allowed_host_never_sees_another_hosts_token(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """Neither a redirect nor an absolute URL carries token or headers to a host that is merely allowed."""
    vendor.says("/token", as_json({"access_token": "t0ken-value"}))
    vendor.says("/export", answer(302, headers={"Location": f"https://{FILES}/file"}))
    vendor.says("/file", answer())
    http = connect(
        hosts=[HOST, FILES],
        routes={HOST: vendor.url, FILES: vendor.url},
        auth=ClientCredentials("/token").bind(KEYS),
        headers={"X-Key": "k"},
    )
    http.get("/export", headers={"X-Own": "o"})
    http.get(f"https://{FILES}/file")
    sent = {seen.path: seen.headers for seen in vendor.seen}
    assert sent["/export"]["authorization"] == "Bearer t0ken-value"
    elsewhere = [seen.headers for seen in vendor.seen if seen.path == "/file"]
    assert [headers["host"] for headers in elsewhere] == [FILES, FILES]
    assert not any({"authorization", "x-key", "x-own"} & headers.keys() for headers in elsewhere)


def test_a_tap_may_name_further_hosts_for_its_token(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """A host that the authorisation names gets the token when it is asked directly."""
    vendor.says("/token", as_json({"access_token": "t0ken-value"}))
    vendor.says("/file", answer())
    auth = ClientCredentials("/token", hosts=("files.{domain}.example",)).bind({**KEYS, "domain": "vendor"})
    connect(hosts=[HOST, FILES], routes={HOST: vendor.url, FILES: vendor.url}, auth=auth).get(f"https://{FILES}/file")
    assert vendor.seen[-1].headers["authorization"] == "Bearer t0ken-value"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirected_post(connect: Connect, vendor: Vendor, answer: type[Answer], status: int, method: str) -> None:
    """A POST becomes a GET where HTTP says so, and is repeated whole elsewhere."""
    vendor.says("/old", answer(status, headers={"Location": "/new"}))
    vendor.says("/new", answer())
    connect().post("/old", json={"a": 1})
    assert (vendor.seen[1].method, vendor.seen[1].body) == (method, b'{"a":1}' if method == "POST" else b"")


def test_a_body_is_not_sent_to_another_host(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A POST that is to be repeated at another host is refused, though the host is allowed."""
    vendor.says("/old", answer(307, headers={"Location": f"https://{FILES}/new"}))
    with pytest.raises(TapBug, match="its body is not sent to another host"):
        connect(hosts=[HOST, FILES], routes={HOST: vendor.url, FILES: vendor.url}).post("/old", json={})
    assert len(vendor.seen) == 1


def test_redirects_have_an_end(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A source that redirects in a circle is given up."""
    vendor.says("/old", answer(302, headers={"Location": "/old"}))
    with pytest.raises(TapBug, match="redirects more than 5 times"):
        connect().get("/old")


def test_tokens_are_kept_apart_by_key() -> None:
    """A store in memory gives back what was saved under the same key only."""
    from kpitaps.http import Token

    store = MemoryTokens()
    store.save("a", Token("t"))
    assert (store.load("a"), store.load("b")) == (Token("t"), None)
