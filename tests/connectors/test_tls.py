"""BAD_INPUT rows 30 and 31: who cannot prove who it is, is not asked; verification stays on."""

import datetime as dt
import ipaddress
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.source import Source
from connectors.login_options import NoAuth
from contracts.errors import SourceRefused, SourceUnavailable
from tests.connectors.fault_server import FaultServer, answer
from tests.connectors.world import patience, rows, source, take

GOOD = answer({"content": [{"code": "A"}], "totalElements": 1})
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority of the test."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(self._key, name, days=10, authority=True)
        self.file = self._write(name, self._certificate)

    def issue(self, name: str, *, address: str = "127.0.0.1", days: int = 10) -> tuple[Path, Path]:
        """A certificate and its key, for an address, ending after ``days``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(key, name, days=days, address=address)
        path = self._folder / f"{name}.key"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return self._write(name, certificate), path

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _sign(
        self, key: ec.EllipticCurvePrivateKey, name: str, *, days: int, address: str = "",
        authority: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)])
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(NOW + days * DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if address:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
            built = built.add_extension(names, critical=False)
        return built.sign(self._key, hashes.SHA256())


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
