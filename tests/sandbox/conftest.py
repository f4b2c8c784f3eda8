"""One sandbox process for the whole folder, and a client that knows its doors."""

import base64
import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    port: int
    secrets: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, sent, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def order(self, name: str, **body: object) -> Any:
        answer = self.call("POST", f"/_control/{name}", body=body)
        assert answer.status == 200, answer.body
        return answer.json

    def fault(self, name: str, **body: object) -> None:
        self.order("faults", fault=name, **body)

    def truth(self, feed: str, first: str, last: str = "", agency: str = "") -> Any:
        query = urllib.parse.urlencode(
            {"feed": feed, "from": first, "to": last or first, "agency": agency}
        )
        return self.call("GET", f"/_control/truth?{query}").json

    def secret(self, agency: str) -> str:
        return (self.secrets / agency).read_text()

    def token(self, agency: str) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": agency,
            "client_secret": self.secret(agency),
        }
        body = urllib.parse.urlencode(form).encode()
        answer = self.call("POST", f"/a/{agency}/oauth/token", body=body)
        return str(answer.json["access_token"])

    def one_stop_path(self, agency: str, day: str, page: int = 0, size: int = 500) -> str:
        first = f"{day}T00:00:00+07:00"
        query = urllib.parse.urlencode(
            {
                "spec": "page",
                "page": page,
                "size": size,
                "sort": "updatedDate,asc",
                "updated-from": first,
                "updated-to": f"{day}T23:59:59+07:00",
            }
        )
        return f"/a/{agency}/pa/dossier/search?{query}"

    def one_stop(self, agency: str, day: str, page: int = 0, size: int = 500) -> Answer:
        token = self.tokens.get(agency) or self.tokens.setdefault(agency, self.token(agency))
        headers = {"Authorization": f"Bearer {token}"}
        return self.call("GET", self.one_stop_path(agency, day, page, size), headers=headers)

    def session(self, agency: str) -> str:
        body = {"username": agency, "password": self.secret(agency)}
        return str(self.call("POST", f"/a/{agency}/portal/login", body=body).json["session"])

    def service(self, agency: str, name: str, day: str, **more: str) -> Answer:
        plain = day.replace("-", "")
        body = {
            "session": self.session(agency),
            "madonvi": agency,
            "service": name,
            "tungay": plain,
            "denngay": plain,
            "trang": "1",
            "sobanghi": "5000",
        }
        return self.call("POST", f"/a/{agency}/portal/service", body={**body, **more})

    def gateway(self, agency: str, day: str, offset: int = 0, limit: int = 5000) -> Answer:
        headers = {"X-SystemId": agency, "X-SecretKey": self.secret(agency)}
        body = {"from": day, "to": day, "offset": offset, "limit": limit}
        return self.call("POST", f"/a/{agency}/gateway/payments", body=body, headers=headers)

    def axis(self, agency: str, day: str, page: int = 1, size: int = 500) -> Answer:
        slashed = day.replace("-", "/")
        path = f"/a/{agency}/axis/edocs?fromDate={slashed}&toDate={slashed}"
        headers = {"Authorization": f"Bearer {self.secret(agency)}"}
        return self.call("GET", f"{path}&pageIndex={page}&pageSize={size}", headers=headers)

    def drop(self, agency: str, name: str) -> Answer:
        plain = f"{agency}:{self.secret(agency)}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(plain).decode()}"}
        return self.call("GET", f"/a/{agency}/drop/{name}", headers=headers)

    def raw_axis(self, agency: str, day: str, *, seconds: float = 5) -> bytes:
        """Return every byte that the socket gives until its end or the deadline."""
        slashed = day.replace("-", "/")
        head = (
            f"GET /a/{agency}/axis/edocs?fromDate={slashed}&toDate={slashed}&pageSize=500 "
            f"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: Bearer {self.secret(agency)}\r\n\r\n"
        )
        got = bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(head.encode())
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                sock.settimeout(max(0.01, end - time.monotonic()))
                try:
                    block = sock.recv(1 << 20)
                except TimeoutError:
                    return bytes(got)
                if not block:
                    return bytes(got)
                got += block
        return bytes(got)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("sandbox")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--scale", "0.05", "--dirt", "0.02"]
    command += ["--secrets", str(folder / "secrets"), "--ready", str(ready)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                if ready.exists():
                    break
                time.sleep(0.05)
            port = json.loads(ready.read_text())["port"]
            yield Client(port, folder / "secrets")
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.fixture
def client(running: Client) -> Iterator[Client]:
    running.tokens.clear()  # a test before may have had them revoked
    yield running
    running.order("reset")
