"""Addresses as people write them into the files of a company: whom to tell, and how."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts that are this machine, in an address: there is nothing to hide from the network."""


def _mail(text: str) -> str:
    try:
        found = Address(addr_spec=text.strip())
    except (HeaderParseError, ValueError, IndexError):
        found = Address()
    if not (found.username and found.domain):
        raise ValueError(f"{text!r} is no mail address: write one such as owner@example.com")
    return text.strip()


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


MailAddress = Annotated[str, AfterValidator(_mail)]
"""A mail address, without a name beside it."""

Listed = BeforeValidator(_listed)
"""Of a setting that is a list: one text alone is a list of one."""
