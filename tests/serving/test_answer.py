"""Kept answers: what readers, people who act and systems are told while days arrive."""

import time
from asyncio import Event, create_task, gather, sleep, wait_for
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from serving import answer
from serving.access import Person
from serving.answer import KEEP, Answers

READER = {"x-name": "An", "x-roles": "reader"}
HANGS = 20
"""Seconds after which a test says so instead of waiting for ever."""
OPERATOR = {"x-name": "Binh", "x-roles": "reader,operator"}


@dataclass
class House:
    """A warehouse of one number, and an application that tells it and counts its work."""

    version: int = 1
    worked: int = 0
    gates: dict[str, Event] = field(default_factory=dict)
    """Addresses whose answer takes until somebody opens the gate."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for part in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{part}.complete"})
            return
        self.worked += 1
        text = f"version {self.version}"
        if gate := self.gates.get(scope["path"]):
            await gate.wait()
        await PlainTextResponse(text, headers={KEEP.decode(): "1"})(scope, receive, send)

    def person(self, asking: HTTPConnection) -> Person:
        roles = asking.headers.get("x-roles", "").split(",")
        return Person(asking.headers.get("x-name", ""), frozenset(roles))  # type: ignore[arg-type]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(answer, "STALE_SECONDS", 0.0)
    monkeypatch.setattr(answer, "RENEW_SECONDS", 0.0)
    return House()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    app = Answers(house, lambda: str(house.version), house.person)
    with TestClient(app) as client:
        yield client


def until(client: TestClient, address: str, text: str) -> None:
    """Ask as a reader until an answer is told; it is worked out behind the readers."""
    for _ in range(100):
        if client.get(address, headers=READER).text == text:
            return
        time.sleep(0.01)
    pytest.fail(f"never told: {text}")


def test_an_answer_is_worked_out_once_per_version(client: TestClient, house: House) -> None:
    assert [client.get("/", headers=READER).text for _ in range(3)] == ["version 1"] * 3
    assert house.worked == 1


def test_readers_share_an_answer_whatever_their_names(client: TestClient, house: House) -> None:
    for name in ("An", "Chi", "Dung"):
        client.get("/", headers=READER | {"x-name": name})
    assert house.worked == 1


def test_people_who_act_have_answers_of_their_own(client: TestClient, house: House) -> None:
    for name in ("Binh", "Chi"):
        client.get("/", headers=OPERATOR | {"x-name": name})
    assert house.worked == 2


def test_a_reader_meets_the_page_as_it_was_while_it_is_renewed(
    client: TestClient, house: House
) -> None:
    client.get("/", headers=READER)
    house.version = 2
    assert client.get("/", headers=READER).text == "version 1"
    until(client, "/", "version 2")
    assert house.worked == 2


def test_nothing_is_worked_out_again_within_half_a_minute(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert answer.RENEW_SECONDS == 30
    monkeypatch.setattr(answer, "STALE_SECONDS", 0.0)
    client.get("/", headers=READER)
    house.version = 2
    assert [client.get("/", headers=READER).text for _ in range(3)] == ["version 1"] * 3
    assert house.worked == 1


def test_people_who_act_see_the_newest_at_once(client: TestClient, house: House) -> None:
    client.get("/", headers=OPERATOR)
    house.version = 2
    assert client.get("/", headers=OPERATOR).text == "version 2"


@pytest.mark.parametrize("address", ["/v1/agencies.json", "/sdmx/data/dossiers"])
def test_open_data_is_always_the_newest(client: TestClient, house: House, address: str) -> None:
    client.get(address, headers=READER)
    house.version = 2
    assert client.get(address, headers=READER).text == "version 2"


def test_no_page_is_told_for_longer_than_two_minutes(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer.CALM_SECONDS == 120
    client.get("/", headers=READER)
    house.version = 2
    monkeypatch.setattr(answer, "CALM_SECONDS", 0.0)
    assert client.get("/", headers=READER).text == "version 2"


async def ask(app: Answers, path: str, headers: dict[str, str] = READER) -> str:
    """Ask an application for an address within its own event loop; return the text told."""
    told = bytearray()
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.extend(message.get("body", b""))

    await app(scope, receive, send)
    return told.decode()


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await sleep(0.005)


def test_no_reader_waits_for_pages_that_are_renewed_for_others(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Answers(house, lambda: str(house.version), house.person)

    async def morning() -> list[str]:
        await gather(ask(app, "/slow"), ask(app, "/mine"))
        house.version = 2
        house.gates["/slow"] = Event()
        await gather(ask(app, "/slow"), ask(app, "/mine"))  # both are renewed behind the readers
        await settled()  # "/slow" is at work and "/mine" waits behind it
        monkeypatch.setattr(answer, "CALM_SECONDS", 0.0)  # two minutes go by
        told = [await wait_for(ask(app, "/mine"), HANGS)]
        house.gates["/slow"].set()
        return [*told, await ask(app, "/slow")]

    assert client.portal
    assert client.portal.call(morning) == ["version 2", "version 2"]


def test_of_readers_who_ask_at_once_one_has_the_page_worked_out_though_days_arrive(
    client: TestClient, house: House
) -> None:
    app = Answers(house, lambda: str(house.version), house.person)
    house.gates["/"] = Event()

    async def rush() -> list[str]:
        async def arrive() -> None:
            await settled()
            house.version = 2
            house.gates["/"].set()

        arriving = create_task(arrive())
        told = await gather(*(ask(app, "/") for _ in range(5)))
        await arriving
        return told

    assert client.portal
    assert client.portal.call(rush) == ["version 1"] * 5
    assert house.worked == 1
