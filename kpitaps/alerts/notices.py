"""How a notice looks in a mail or a chat; Alertmanager and Grafana fill in the same templates.

All that is to be said stands in the alerts' summary and description. No ``$`` here: Grafana would look for a variable.

An alert that ends is not always mended: its figure may not be known any more, its goal may be over. So the notice says
that it does not hold any longer, which is true of all of them.
"""

from __future__ import annotations

from kpitaps.alerts.texts import UNKNOWN, Words

_ENDED = Words("No longer", "Voorbij")
_LINK = Words("Show", "Bekijk")

_IS_ERROR = '{{ if eq .CommonLabels.alertname "DatasourceError" }}'


def subject(language: str) -> str:
    """Return the one line that stands above.

    Where Grafana could not ask, its alert is called ``DatasourceError``, and the rule's title is the label ``rulename``
    (Grafana's source: ``ngalert/state/compat.go``); those of several rules come together, and have none in common.
    """
    unknown = UNKNOWN.said(language)
    return (
        f"{_ended(language)}"
        f"{_IS_ERROR}{{{{ with .CommonLabels.rulename }}}}{{{{ . }}}} ({unknown}){{{{ else }}}}{unknown.capitalize()}"
        "{{ end }}{{ else }}{{ .CommonLabels.alertname }}{{ end }}"
        "{{ if gt (len .Alerts) 1 }} ({{ len .Alerts }}){{ end }}"
    )


def body(language: str) -> str:
    """Return what it says, alert by alert, as plain text."""
    return (
        f"{{{{ range .Alerts }}}}{_ended(language)}"
        "{{ .Annotations.summary }}\n{{ .Annotations.description }}\n"
        f"{_LINK.said(language)}: {{{{ .Annotations.dashboard_url }}}}\n\n"
        "{{ end }}"
    )


def teams_body(language: str) -> str:
    """Return the same for Teams, whose cards take Markdown: one line break is none, and a bare address no link."""
    return (
        f"{{{{ range .Alerts }}}}**{_ended(language)}{{{{ .Annotations.summary }}}}**\n\n"
        "{{ .Annotations.description }}\n\n"
        f"[{_LINK.said(language)}]({{{{ .Annotations.dashboard_url }}}})\n\n"
        "{{ end }}"
    )


def _ended(language: str) -> str:
    return f'{{{{ if eq .Status "resolved" }}}}{_ENDED.said(language)}: {{{{ end }}}}'
