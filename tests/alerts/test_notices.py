"""What people read in a mail or a chat, filled in by Alertmanager's own templates."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from parts.needs import need

from kpitaps.alerts.notices import body, subject, teams_body

if TYPE_CHECKING:
    from pathlib import Path

REVENUE = "Revenue this month: below € 10,000"


def alert(rep: str, status: str = "firing", **labels: str) -> dict[str, object]:
    """Return an alert on a salesperson, as Alertmanager hands it to its templates."""
    return {
        "status": status,
        "labels": {"alertname": REVENUE, "rep": rep, **labels},
        "annotations": {
            "summary": f"{rep}: € 8,900.",
            "description": "Owner: Bram.",
            "dashboard_url": "https://grafana.example/d/sales?viewPanel=3",
        },
    }


def filled(folder: Path, template: str, *alerts: dict[str, object], **common: str) -> str:
    """Return the text that these alerts come to together, with the labels that they have in common."""
    amtool = need("amtool", "tests have Alertmanager's own tool fill in what is sent")
    is_over = all(each["status"] == "resolved" for each in alerts)
    told = {
        "status": "resolved" if is_over else "firing",
        "alerts": alerts,
        "commonLabels": common or {"alertname": REVENUE},
    }
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "none.tmpl").write_text("", encoding="utf-8")
    command = [amtool, "template", "render", "--template.glob=none.tmpl", "--template.data=told.json"]
    done = subprocess.run(
        [*command, f"--template.text={template}"], cwd=folder, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    # amtool ends with a line break of its own.
    return done.stdout.removesuffix("\n")


@pytest.mark.parametrize(
    ("language", "over", "unknown"), [("en", "No longer", "not known"), ("nl", "Voorbij", "niet bekend")]
)
def test_the_subject_names_the_alert(tmp_path: Path, language: str, over: str, unknown: str) -> None:
    """One, several, ended; and what Grafana makes of a rule that it could not ask."""
    template = subject(language)
    assert filled(tmp_path, template, alert("Ann")) == REVENUE
    assert filled(tmp_path, template, alert("Ann"), alert("Bob", "resolved")) == f"{REVENUE} (2)"
    assert filled(tmp_path, template, alert("Ann", "resolved")) == f"{over}: {REVENUE}"
    error = {"alertname": "DatasourceError", "rulename": REVENUE}
    assert filled(tmp_path, template, alert("Ann", **error), **error) == f"{REVENUE} ({unknown})"
    several = filled(tmp_path, template, alert("Ann", **error), alert("Bob", **error), alertname="DatasourceError")
    assert several == f"{unknown.capitalize()} (2)", "no name in common"


def test_the_text_tells_each_alert(tmp_path: Path) -> None:
    """In plain text, line by line; that one of them ended stands where it is told."""
    said = filled(tmp_path, body("nl"), alert("Ann"), alert("Bob", "resolved"))
    assert said.rstrip().split("\n") == [
        "Ann: € 8,900.",
        "Owner: Bram.",
        "Bekijk: https://grafana.example/d/sales?viewPanel=3",
        "",
        "Voorbij: Bob: € 8,900.",
        "Owner: Bram.",
        "Bekijk: https://grafana.example/d/sales?viewPanel=3",
    ]


def test_teams_gets_paragraphs_and_a_link(tmp_path: Path) -> None:
    """A card's text is Markdown: a single line break joins two lines, and a bare address cannot be clicked."""
    said = filled(tmp_path, teams_body("en"), alert("Ann"), alert("Bob", "resolved"))
    assert said.rstrip().split("\n\n") == [
        "**Ann: € 8,900.**",
        "Owner: Bram.",
        "[Show](https://grafana.example/d/sales?viewPanel=3)",
        "**No longer: Bob: € 8,900.**",
        "Owner: Bram.",
        "[Show](https://grafana.example/d/sales?viewPanel=3)",
    ]
    assert "\n" not in said.rstrip().replace("\n\n", "")
