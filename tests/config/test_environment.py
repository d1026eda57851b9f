"""What the environment says about the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpitaps.config import Environment, parse_listen
from kpitaps.errors import BadSettings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(f"KPITAPS_{name.upper()}", raising=False)


def test_without_variables_there_are_defaults() -> None:
    """Nothing needs to be set: the platform's data folder, loopback, no token, several workers."""
    environment = Environment.read()
    assert environment.home.name == "kpitaps"
    assert environment.ledger_url == f"sqlite:///{environment.home}/kpitaps.db"
    assert environment.listen == "127.0.0.1:9470"
    assert environment.workers > 1
    assert (environment.key, environment.token, environment.routes, environment.disable) == (
        None,
        None,
        {},
        frozenset(),
    )


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable has its say; lists are separated by commas."""
    monkeypatch.setenv("KPITAPS_HOME", "data")
    monkeypatch.setenv("KPITAPS_KEY", "k")
    monkeypatch.setenv("KPITAPS_DISABLE", "shopify, acme,")
    monkeypatch.setenv("KPITAPS_ROUTES", "a.example=http://127.0.0.1:1, b.example=http://127.0.0.1:2")
    environment = Environment.read()
    assert environment.home == Path("data")
    assert environment.ledger_url == "sqlite:///data/kpitaps.db"
    assert environment.key is not None
    assert environment.key.get_secret_value() == "k"
    assert environment.disable == {"shopify", "acme"}
    assert environment.routes == {"a.example": "http://127.0.0.1:1", "b.example": "http://127.0.0.1:2"}
    monkeypatch.setenv("KPITAPS_DATABASE_URL", "postgresql://db/kpis")
    assert Environment.read().ledger_url == "postgresql://db/kpis"


@pytest.mark.parametrize("name", ["HOME", "KEY", "TOKEN", "LISTEN", "WORKERS", "ROUTES", "DISABLE", "DATABASE_URL"])
def test_an_empty_variable_is_as_if_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Compose files set variables to nothing: an empty token must not become a token that everybody knows."""
    before = Environment.read()
    monkeypatch.setenv(f"KPITAPS_{name}", "")
    assert Environment.read() == before


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WORKERS", "many", "KPITAPS_WORKERS: Input should be a valid integer, unable to parse string as an integer"),
        ("WORKERS", "0", "KPITAPS_WORKERS: Input should be greater than or equal to 1"),
        ("ROUTES", "a.example", "KPITAPS_ROUTES: 'a.example' is no route: write host=http://127.0.0.1:port"),
        ("ROUTES", "a=http://x,b=", "KPITAPS_ROUTES: 'b=' is no route: write host=http://127.0.0.1:port"),
    ],
)
def test_what_cannot_be_understood_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """A variable that makes no sense is named, and nothing of it is passed over in silence."""
    monkeypatch.setenv(f"KPITAPS_{name}", value)
    with pytest.raises(BadSettings) as refused:
        Environment.read()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9470", ("127.0.0.1", 9470)),
        ("localhost:0", ("localhost", 0)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),
        (":9470", ("127.0.0.1", 9470)),
        ("[::1]:9470", ("::1", 9470)),
    ],
)
def test_addresses_are_host_and_port(text: str, address: tuple[str, int]) -> None:
    """A host and a port; without a host loopback is meant, and IPv6 hosts stand in brackets."""
    assert parse_listen(text) == address


@pytest.mark.parametrize(
    "text", ["", "9470", "localhost", "localhost:", "localhost:http", "h:65536", "h:-1", "h:²", "::1:80"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Anything else is refused by a sentence with an example."""
    with pytest.raises(BadSettings, match=r"is no address to listen on: write host:port, such as 127.0.0.1:9470"):
        parse_listen(text)


def test_a_value_may_be_in_a_file(tmp_path: Path) -> None:
    """Containers hand over secrets as files: the variable with _FILE names it, and the line's end is none of it."""
    (tmp_path / "token").write_text("s3cret\n")
    token = Environment.read({"KPITAPS_TOKEN_FILE": str(tmp_path / "token")}).token
    assert token is not None
    assert token.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"KPITAPS_TOKEN_FILE": "/nowhere/token"}, "KPITAPS_TOKEN_FILE: /nowhere/token cannot be read"),
        ({"KPITAPS_TOKEN_FILE": "/nowhere/token", "KPITAPS_TOKEN": "x"}, "are both set"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(variables: dict[str, str], problem: str) -> None:
    """A file that is not there, or one beside a value, is an error and not silence."""
    with pytest.raises(BadSettings, match=problem):
        Environment.read(variables)
