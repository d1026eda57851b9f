"""Contacts as Grafana has them: a contact point with a receiver for mail, one for the webhook, or both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from kpitaps.alerts.notices import body, subject, teams_body
from kpitaps.grafana.alerting.names import contact_point_name, escaped, receiver_uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps.alerts import AlertsFile, Contact


def file_contact_points(alerts: AlertsFile, language: str) -> list[dict[str, Any]]:
    """Return the contact points of a provisioning file; Grafana reads what is secret from its own environment or disk.

    It does so since 9.2: ``$__env{NAME}`` and ``$__file{PATH}``.
    """
    return [
        {
            "orgId": 1,
            "name": contact_point_name(contact.key),
            "receivers": [*_receivers(contact, escaped(_addresses(contact)), _referred(contact), language)],
        }
        for contact in alerts.contacts
    ]


def referred(alerts: AlertsFile) -> tuple[str, ...]:
    """Return the variables and files in which Grafana must find the addresses of webhooks."""
    return tuple(_place(contact)[1] for contact in alerts.contacts if contact.is_secret)


def contact_points(
    alerts: AlertsFile, language: str, variables: Mapping[str, str] = os.environ
) -> list[dict[str, Any]]:
    """Return the receivers as the API has them, one by one; it takes secrets themselves only, and keeps them encrypted.

    Raises:
        BadSettings: if a contact's variable or file is not there.
    """
    return [
        {"name": contact_point_name(contact.key), **receiver}
        for contact in alerts.contacts
        for receiver in _receivers(contact, _addresses(contact), contact.webhook(variables), language)
    ]


def _addresses(contact: Contact) -> str:
    return ";".join(contact.terms.to)


def _receivers(contact: Contact, addresses: str, url: str, language: str) -> Iterator[dict[str, Any]]:
    quiet = {"disableResolveMessage": not contact.terms.resolved}
    if addresses:
        settings: dict[str, Any] = {
            "addresses": addresses,
            "singleEmail": True,
            "subject": subject(language),
            "message": body(language),
        }
        yield {"uid": receiver_uid(contact.key, "mail"), "type": "email", "settings": settings, **quiet}
    if contact.terms.webhook:
        settings = {"url": url, **_texts(contact.terms.form, language)}
        uid = receiver_uid(contact.key, "webhook")
        yield {"uid": uid, "type": contact.terms.form, "settings": settings, **quiet}


def _texts(form: str, language: str) -> dict[str, str]:
    match form:
        case "slack":
            return {"title": subject(language), "text": body(language)}
        case "teams":
            return {"title": subject(language), "message": teams_body(language)}
    return {"httpMethod": "POST"}


def _referred(contact: Contact) -> str:
    """Return what stands in a file for the address of a webhook: one that is no secret stands there as it is."""
    if not contact.is_secret:
        return escaped(contact.terms.webhook)
    kind, name = _place(contact)
    return f"$__{kind}{{{name}}}"


def _place(contact: Contact) -> tuple[str, str]:
    """Return where Grafana finds the address of a webhook: ``env`` or ``file``, and the name of that."""
    kind, _, name = contact.terms.webhook.partition(":")
    return (kind, name) if kind in ("env", "file") else ("env", contact.variable)
