"""A company's own KPIs in a running process."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from kpitaps.app import Runtime, change_company, check, company_board, kpi_problems, unfed_kpis
from kpitaps.app.boards import catalogue
from kpitaps.config import Environment
from kpitaps.store import Company, list_companies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REST = 'unit = "count"\ngood = "up"\ndomain = "commerce"\n'


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Runtime]:
    """A process with one company and no connection."""
    with Runtime(Environment(home=tmp_path)) as runtime:
        change_company(runtime, "acme", {"currency": "EUR", "time_zone": "Europe/Amsterdam"})
        yield runtime


def company(runtime: Runtime) -> Company:
    """Return the only company."""
    (found,) = list_companies(runtime.ledger.database)
    return found


def write(runtime: Runtime, text: str) -> None:
    """Write the file, at another time than before."""
    path = runtime.kpis.path
    later = path.stat().st_mtime_ns + 1_000_000_000 if path.exists() else None
    path.write_text(text)
    if later is not None:
        os.utime(path, ns=(later, later))


def keys(runtime: Runtime) -> set[str]:
    """Return the keys of the company's KPIs."""
    return {kpi.key for kpi in catalogue(runtime, company(runtime)).kpis}


def test_a_changed_file_is_read_again(office: Runtime) -> None:
    """Nobody has to restart anything; as long as nothing changes the very same catalogue is used."""
    before = catalogue(office, company(office))
    assert catalogue(office, company(office)) is before
    write(office, f"[kpi.parcels]\nformula = 'orders'\n{REST}")
    assert keys(office) - {kpi.key for kpi in before.kpis} == {"parcels"}
    write(office, f"[kpi.boxes]\nformula = 'orders'\n{REST}")
    assert {"boxes", "parcels"} & keys(office) == {"boxes"}
    office.kpis.path.unlink()
    assert catalogue(office, company(office)) == before


def test_a_file_in_the_middle_of_being_written_changes_nothing(office: Runtime) -> None:
    """While the whole file is no TOML, what it said before holds, and the place is told."""
    write(office, f"[kpi.parcels]\nformula = 'orders'\n{REST}")
    assert "parcels" in keys(office)
    write(office, "[kpi.parcels]\nformula = 'orders")
    assert "parcels" in keys(office)
    assert kpi_problems(office) == [
        'kpis.toml is not valid TOML: expected "\'": what begins in line 2 does not end; mend it there'
    ]


def test_what_is_wrong_is_logged_once(office: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Every minute a board is made; a mistake is told when it is made, and again when the file was changed."""
    write(office, f"[kpi.parcels]\nformula = 'ordes'\n{REST}")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            company_board(office, company(office))
        (record,) = caplog.records
        assert record.getMessage().startswith("kpis.toml, line 2, column 12, [kpi.parcels] formula: there is no")
        write(office, f"\n[kpi.parcels]\nformula = 'ordes'\n{REST}")
        company_board(office, company(office))
    assert len(caplog.records) == 2


def test_measures_of_installed_taps_may_be_used(office: Runtime) -> None:
    """What no account feeds yet is no mistake: the KPI waits, and says for what."""
    write(office, "[kpi.customer_acquisition_cost]\nformula = 'exact_online_postings{gl_account=\"4200\"} / leads'\n")
    assert kpi_problems(office) == []
    assert unfed_kpis(office, company(office)) == [("customer_acquisition_cost", ("exact_online_postings", "leads"))]


def test_metrics_have_names_of_their_own(office: Runtime) -> None:
    """Two KPIs whose metrics would be called alike would spoil the whole page: the company's own one is left out."""
    rest = REST.replace("count", "ratio")
    write(office, f"[kpi.debt]\nformula = 'debt_short / equity'\n{rest}[kpi.orders_eur]\nformula = 'orders'\n{REST}")
    assert {"debt", "debt_ratio", "orders_eur"} & keys(office) == {"debt_ratio", "orders_eur"}
    (problem,) = kpi_problems(office)
    assert problem.startswith("kpis.toml, line 2, [kpi.debt] formula: its metric kpi_debt_ratio is that of debt_ratio")


def test_companies_have_their_own(office: Runtime) -> None:
    """A KPI may be for one company; the name of one that does not exist is a mistake."""
    change_company(office, "bolt", {"currency": "GBP", "time_zone": "Europe/London"})
    acme, bolt = list_companies(office.ledger.database)
    write(
        office,
        f"[kpi.a]\ncompany = 'bolt'\nformula = 'orders'\n{REST}[kpi.b]\ncompany = 'acne'\nformula='leads'\n{REST}",
    )
    assert ["a" in {kpi.key for kpi in catalogue(office, each).kpis} for each in (acme, bolt)] == [False, True]
    assert kpi_problems(office) == [
        "kpis.toml, line 8, [kpi.b] company: there is no company 'acne'; did you mean 'acme'?"
    ]


def test_check_tells_of_mistakes_and_of_what_is_missing(office: Runtime) -> None:
    """A mistake is a problem; a KPI that waits for an account is worth knowing."""
    write(office, f"[kpi.a]\nformula = 'ordes'\n{REST}[kpi.b]\nformula = 'leads'\n{REST}")
    found = {finding.message: finding for finding in check(office)}
    (mistake,) = (message for message in found if "ordes" in message)
    (waiting,) = (message for message in found if "leads" in message)
    assert (found[mistake].severity, found[waiting].severity) == ("problem", "advice")
