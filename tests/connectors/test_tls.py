"""BAD_INPUT rows 30 and 31: who cannot prove who it is, is not asked; verification stays on."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.login_options import NoAuth
from connectors.source import Source
from contracts.errors import SourceRefused, SourceUnavailable
from tests.connectors.authority import Authority
from tests.connectors.fault_server import FaultServer, answer
from tests.connectors.world import patience, rows, source, take

GOOD = answer({"content": [{"code": "A"}], "totalElements": 1})


def server_side(pair: tuple[Path, Path], clients: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if clients:
        # In TLS 1.3 the client may learn of the refusal only by a broken line.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


def trusting(url: str, ca: Path | None, client: tuple[Path, Path] | None = None) -> Source:
    found = source("one_stop_rest", url, auth=NoAuth())
    pair = {"certificate": client[0], "certificate_key": client[1]} if client else {}
    return replace(found, connection=found.connection.model_copy(update={"ca": ca, **pair}))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_a_source_under_the_connections_own_authority_is_read(authority: Authority) -> None:
    with FaultServer(GOOD, tls=server_side(authority.issue("good"))) as server:
        pages, _ = take(trusting(server.url, authority.file))
    assert rows(pages) == 1


def test_row_30_an_unknown_authority_is_refused_and_not_retried(authority: Authority) -> None:
    with FaultServer(GOOD, tls=server_side(authority.issue("good"))) as server:
        with pytest.raises(SourceRefused) as caught:
            take(trusting(server.url, None))
        assert (caught.value.code, server.asked) == ("TLS", [])
        assert server.connections == 1


@pytest.mark.parametrize(("address", "days"), [("127.0.0.2", 10), ("127.0.0.1", -1)])
def test_row_30_a_wrong_name_or_an_expired_certificate_is_refused(
    address: str, days: int, authority: Authority
) -> None:
    bad = server_side(authority.issue("bad", address=address, days=days))
    with FaultServer(GOOD, tls=bad) as server, pytest.raises(SourceRefused) as caught:
        take(trusting(server.url, authority.file))
    assert (caught.value.code, server.asked) == ("TLS", [])


def test_row_31_our_certificate_is_shown_and_a_missing_or_expired_one_is_told(
    authority: Authority,
) -> None:
    both = server_side(authority.issue("good"), authority.file)
    with FaultServer(GOOD, tls=both) as server:
        pages, _ = take(trusting(server.url, authority.file, authority.issue("us")))
        assert rows(pages) == 1
    for ours in (None, authority.issue("late", days=-1)):
        with FaultServer(GOOD, tls=both) as server, pytest.raises(SourceRefused) as caught:
            take(trusting(server.url, authority.file, ours))
        assert caught.value.code == "TLS-CLIENT"


def test_row_2_a_connection_that_nobody_accepts_is_net_timeout() -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):  # they fill the queue, further ones are dropped
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(SourceUnavailable) as caught:
            take(source("one_stop_rest", url, auth=NoAuth()), patience=patience(connect=0.2))
    assert caught.value.code == "NET-TIMEOUT"
