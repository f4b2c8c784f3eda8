"""What a connection may say; what would be unsafe or ask at two places is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.connection import Connection
from connectors.transports import outlives_fork

KEY = "ssh-ed25519 AAAA"
INSIDE: dict[str, Any] = {"networks": {"private"}}


@pytest.mark.parametrize(
    "entry",
    [
        {"url": "gopher://a.example/x"},
        {"url": "https://user:word@a.example"},
        {"url": "https://a.example/?x=1"},
        {"url": "file://a.example/x"},
        {"url": "http://a.example"},
        {"url": "sftp://a.example"},
        {"url": "https://a.example", "host_key": KEY},
        {"url": "s3://thung"},
        {"url": "s3://thung", "endpoint": "http://a.example"},
        {"url": "s3://thung", "endpoint": "ftp://a.example"},
        {"url": "https://a.example", "endpoint": "https://b.example"},
        {"url": "postgresql://a.example"},
        {"url": "postgresql://u:w@a.example/x", **INSIDE},
        {"url": "postgresql://a.example/x?sslmode=disable"},
        {"url": "mssql://a.example/x"},
        {"url": "oracle://a.example/x"},
        {"url": "postgresql+psycopg2://a.example/x"},
    ],
)
def test_an_unsafe_or_doubtful_connection_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Connection.model_validate(entry)


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ({"url": "https://a.example"}, ("https", "a.example", 443)),
        ({"url": "http://a.example", **INSIDE}, ("http", "a.example", 80)),
        ({"url": "sftp://a.example/tra", "host_key": KEY}, ("sftp", "a.example", 22)),
        ({"url": "ftps://a.example"}, ("ftps", "a.example", 21)),
        ({"url": "s3://thung", "endpoint": "https://a.example"}, ("https", "a.example", 443)),
        ({"url": "postgresql://a.example/x"}, ("postgresql", "a.example", 5432)),
        ({"url": "mysql://a.example:3307/x"}, ("mysql", "a.example", 3307)),
        ({"url": "mssql://a.example/x", **INSIDE}, ("mssql", "a.example", 1433)),
        ({"url": "oracle://a.example/x", **INSIDE}, ("oracle", "a.example", 1521)),
    ],
)
def test_one_place_alone_may_be_asked(entry: dict[str, Any], origin: tuple[str, str, int]) -> None:
    assert Connection.model_validate(entry).origin == origin


def test_a_database_is_verified_where_the_line_is_public_or_an_authority_is_named() -> None:
    url = "postgresql://a.example/x"
    assert Connection.model_validate({"url": url}).encrypted
    assert Connection.model_validate({"url": url, "ca": "ca.pem", **INSIDE}).encrypted
    assert not Connection.model_validate({"url": url, **INSIDE}).encrypted


@pytest.mark.parametrize(
    ("url", "splits"),
    [("https://a.example", True), ("ftps://a.example", True), ("mysql://a.example/x", False)],
)
def test_sessions_stay_in_the_process_that_opened_them(url: str, splits: bool) -> None:
    assert outlives_fork(Connection.model_validate({"url": url})) is splits
