"""How promtool is asked what a rule file does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from parts.prometheus import Promtool


class Judge(Protocol):
    """How a test lets series pass by a rule file."""

    def __call__(self, rule_file: str, series: Mapping[str, str], expected: Iterable[Mapping[str, Any]]) -> str:
        """Return what promtool has against it; nothing if all is as expected."""


@pytest.fixture
def judge(promtool: Promtool, tmp_path: Path) -> Judge:
    """Let promtool evaluate rules over series of one sample a minute."""

    def run(rule_file: str, series: Mapping[str, str], expected: Iterable[Mapping[str, Any]]) -> str:
        (tmp_path / "rules.yml").write_text(rule_file, encoding="utf-8")
        test = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": list(expected),
        }
        asked = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
        (tmp_path / "tests.yml").write_text(yaml.safe_dump(asked, allow_unicode=True, width=10_000), encoding="utf-8")
        done = promtool("test", "rules", "tests.yml", cwd=tmp_path)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return run
