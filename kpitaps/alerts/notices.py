"""How a notice looks in a mail or a chat; Alertmanager and Grafana fill in the same templates.

All that is to be said stands in the alerts' summary and description. No ``$`` here: Grafana would look for a variable.

An alert that ends is not always mended: its figure may not be known any more, its goal may be over. So the notice says
that it does not hold any longer, which is true of all of them.
"""

from __future__ import annotations

from kpitaps.alerts.texts import Words

_ENDED = Words("No longer", "Niet meer")
_LINK = Words("Show", "Bekijk")


def subject(language: str) -> str:
    """Return the one line that stands above."""
    return (
        f'{{{{ if eq .Status "resolved" }}}}{_ENDED.said(language)}: {{{{ end }}}}'
        "{{ .CommonLabels.alertname }}"
        "{{ if gt (len .Alerts) 1 }} ({{ len .Alerts }}){{ end }}"
    )


def body(language: str) -> str:
    """Return what it says, alert by alert, as plain text."""
    return (
        "{{ range .Alerts }}"
        f'{{{{ if eq .Status "resolved" }}}}{_ENDED.said(language)}: {{{{ end }}}}'
        "{{ .Annotations.summary }}\n{{ .Annotations.description }}\n"
        f"{_LINK.said(language)}: {{{{ .Annotations.dashboard_url }}}}\n\n"
        "{{ end }}"
    )
