"""Where a connection may go: templates, the allow-list, and a developer's routes to loopback."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from kpitaps.errors import BadSettings, TapBug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*://[^/?#]*)(.*)", re.DOTALL)


class Listed(str):
    """A value that a tap's author has listed as one of a few: in a host name it may be several labels (``co.uk``)."""

    __slots__ = ()


def host_label(value: str, *, name: str = "value") -> str:
    """Return ``value`` if it is one DNS label, so that it can only ever name a host inside the vendor's domain.

    One that is `Listed` may be several labels: nobody but the tap's author has chosen them.

    Raises:
        BadSettings: naming the setting ``name``, if it is anything else.
    """
    labels = value.split(".") if isinstance(value, Listed) else [value]
    if not all(map(_LABEL.fullmatch, labels)):
        raise BadSettings(
            f"setting {name}: {value!r} cannot be part of a host name: use up to 63 lower case letters, digits and "
            "hyphens, without dots, slashes or the vendor's domain"
        )
    return value


def expand(template: str, settings: Mapping[str, str]) -> str:
    """Return ``template`` with each ``{name}`` replaced by the setting of that name.

    In a URL (``scheme://…``) a value in the host part must pass `host_label`; in a URL's path, and in a path (``/…``),
    values are percent-encoded. Anywhere else (a scope, a credential) they are taken as they are.

    Raises:
        BadSettings: for a value that cannot be part of a host name.
        TapBug: for a name that is no setting.
    """
    if found := _ORIGIN.fullmatch(template):
        return expand_host(found[1], settings) + _fill(found[2], settings, encode=True)
    return _fill(template, settings, encode=template.startswith("/"))


def expand_host(template: str, settings: Mapping[str, str]) -> str:
    """Return a host name such as ``{shop}.example.com`` with its settings filled in, each as `host_label` takes it.

    Raises:
        BadSettings: for a value that cannot be part of a host name.
        TapBug: for a name that is no setting.
    """
    for name in _HOLE.findall(template):
        host_label(_value(name, template, settings), name=name)
    return _fill(template, settings, encode=False)


def named(*templates: str) -> tuple[str, ...]:
    """Return the names of the settings that templates ask for, each once."""
    return tuple(dict.fromkeys(name for template in templates for name in _HOLE.findall(template)))


def routed(url: str, routes: Mapping[str, str]) -> str:
    """Return where a browser finds ``url``: there, or at the sandbox that a developer sends its host to.

    Raises:
        BadSettings: if the route leads anywhere but to loopback.
        TapBug: if it is no address.
    """
    found = _parse(url)
    host = _netloc(found)
    to = next((_loopback(host, to) for name, to in routes.items() if name.lower() == host), None)
    return url if to is None else str(found.copy_with(scheme=to.scheme, host=to.host, port=to.port))


def _fill(template: str, settings: Mapping[str, str], *, encode: bool) -> str:
    def value(hole: re.Match[str]) -> str:
        text = _value(hole[1], template, settings)
        return quote(text, safe="") if encode else text

    return _HOLE.sub(value, template)


def _value(name: str, template: str, settings: Mapping[str, str]) -> str:
    if name not in settings:
        raise TapBug(f"{template!r} asks for the setting {name!r}: there are {', '.join(settings) or 'none'}")
    return settings[name]


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes.

    Attributes:
        url: The vendor's address.
        wire: What is connected to: the same, or a loopback address.
        host: The vendor's host, as the Host header says it.
        trusted: Whether this host may see the token and the tap's headers.
    """

    url: httpx.URL
    wire: httpx.URL
    host: str
    trusted: bool


class Hosts:
    """The only hosts that a connection may reach.

    Args:
        base_url: Where relative paths go.
        allowed: The allow-list; ``host:port`` where the port is not the scheme's own.
        trusted: Hosts besides the base URL's that may see the token.
        routes: Vendor host to ``http://127.0.0.1:port``: how a developer sends a host to a sandbox. The Host header
            still names the vendor's host.

    Raises:
        TapBug: if the base URL's host is not on the allow-list, or its scheme is not https.
        BadSettings: if a route leads anywhere but to loopback.
    """

    def __init__(
        self, base_url: str, allowed: Iterable[str], *, trusted: Iterable[str], routes: Mapping[str, str]
    ) -> None:
        self._allowed = {host.lower() for host in allowed}
        self._routes = {host.lower(): _loopback(host, to) for host, to in routes.items()}
        self._base = _parse(base_url.rstrip("/"))
        self._trusted = {host.lower() for host in trusted} | {_netloc(self._base)}
        self._target(self._base, f"its base URL {base_url}")  # to refuse what is not allowed

    def find(self, path: str, params: Mapping[str, object] | None = None) -> Target:
        """Return where ``path`` leads: relative to the base URL, or an absolute URL of an allowed host.

        Raises:
            TapBug: for a host that is not on the allow-list, a scheme other than https, or no URL at all.
        """
        below = path.lstrip("/")
        relative = f"{str(self._base).rstrip('/')}/{below}" if below else str(self._base)
        url = _parse(path if _ABSOLUTE.match(path) else relative)
        if params:
            url = url.copy_merge_params(dict(params))  # type: ignore[arg-type] # httpx turns any primitive into text
        return self._target(url, "the tap")

    def follow(self, target: Target, location: str) -> Target:
        """Return where a redirect of ``target`` leads.

        Raises:
            TapBug: as for `find`.
        """
        try:
            return self._target(target.url.join(location), f"a redirect of {target.host}")
        except httpx.InvalidURL:
            raise TapBug(f"{target.host} redirects to {location!r}, which is no address") from None

    def _target(self, url: httpx.URL, who: str) -> Target:
        host = _netloc(url)
        if host not in self._allowed:
            raise TapBug(f"{who} leads to {host or 'no host'}, which is not one of the tap's hosts: {self._list()}")
        if url.userinfo:
            raise TapBug(f"{who} holds a password in the address of {host}: pass it as a header")
        route = self._routes.get(host)
        if route is None and url.scheme != "https":
            raise TapBug(f"{who} leads to {host} by {url.scheme}: only https is allowed")
        wire = url if route is None else url.copy_with(scheme=route.scheme, host=route.host, port=route.port)
        return Target(url, wire, host, host in self._trusted)

    def _list(self) -> str:
        return ", ".join(sorted(self._allowed)) or "none"


def _loopback(host: str, to: str) -> httpx.URL:
    url = _parse(to)
    plain = url.scheme == "http" and url.path in ("", "/") and not (url.query or url.fragment or url.userinfo)
    if not (plain and _is_loopback(url.host)):
        raise BadSettings(f"the route of {host} leads to {to}: it may only lead to http://127.0.0.1:port")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _parse(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise TapBug(f"{text!r} is no address: {error}") from None


def _netloc(url: httpx.URL) -> str:
    return url.netloc.decode("ascii").lower()
