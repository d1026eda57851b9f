"""Sandboxes in a process of their own, as the demo starts them."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx

FACTORIES = ("kpitaps_shopify.sandbox:Sandbox", "kpitaps_hubspot.sandbox:Sandbox")


def test_several_sandboxes_tell_of_one_company_until_stdin_is_closed() -> None:
    """Each says in a line where it is, in the order that was asked for; none outlives who started them."""
    command = [sys.executable, "-m", "kpitaps.testing", *FACTORIES, "--until-closed", "--founded", "2026-01-01"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = [json.loads(process.stdout.readline()) for _ in FACTORIES]
        assert [each["host"].partition(".")[2] for each in said] == ["myshopify.com", "hubapi.com"]
        for each in said:
            assert httpx.get(f"{each['url']}/nowhere", trust_env=False).status_code in (401, 404)
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_sandbox_that_is_not_there_is_named() -> None:
    """Nothing is served, and one sentence says what could not be loaded."""
    command = [sys.executable, "-m", "kpitaps.testing", "kpitaps_nobody.sandbox:Sandbox"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "'kpitaps_nobody.sandbox:Sandbox' is no <module>:<factory> of a sandbox: No module named 'kpitaps_nobody'\n"
    )
