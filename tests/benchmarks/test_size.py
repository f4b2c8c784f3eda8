"""The nation at size, made small: what is drawn, and that its marts are those of its facts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from random import Random

import numpy as np

from benchmarks.size_address import COUNTRY_ALONE, FORMS, KINDS, Deck
from benchmarks.size_fill import Size, fill
from benchmarks.size_nation import Span, dossiers, first_told, office
from benchmarks.size_reader import Connection
from benchmarks.size_report import verdict
from benchmarks.size_serve import spread
from hub.verify import MARTS
from tests.postgres import cloned
from warehouse.database import connect, read_snapshot, run
from warehouse.embedded import Server

FIRST, LAST = date(2025, 6, 10), date(2025, 7, 20)
"""Over the merger of provinces."""


def test_a_small_nation_has_the_marts_of_its_facts(postgres: Server) -> None:
    told: list[str] = []
    with cloned(postgres, "template1") as url:
        fill(url, Size(3_000, FIRST, LAST, workers=1), lambda what, _: told.append(what))
        with closing(connect(url)) as conn, read_snapshot(conn) as cursor:
            for name in (*MARTS, "balance"):
                assert run(cursor, f"verify.{name}").fetchall() == [], name
    assert told[-1] == "xong / done"


def test_an_agency_is_drawn_the_same_every_time_and_no_key_twice() -> None:
    one = office("H26")
    span = Span(one, 1, FIRST, LAST, 5_000, 0, LAST)
    ids = [np.arange(1, n + 1, dtype=np.int32) for n in (len(one.units), 300, 40)]
    first, second = (dossiers(span, *ids) for _ in range(2))
    assert all((first[name][1] == second[name][1]).all() for name in first)
    assert len(np.unique(first["key"][1])) == 5_000
    earlier = first_told(span, first)
    assert 0 < len(earlier["key"][1]) < 5_000
    assert set(earlier["key"][1]) <= set(first["key"][1])


def test_addresses_are_drawn_alike_and_forms_of_the_country_name_no_agency() -> None:
    def draw(seed: int) -> list[str]:
        deck = Deck(Random(seed), ("H26", "H29"), tuple(FORMS), ("2026-11-20",))
        return [kind.draw(deck) for kind in KINDS for _ in range(20)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    alone = [a for a in draw(1) if any(f"/forms/{form}?" in a for form in COUNTRY_ALONE)]
    assert alone
    assert not any("agency=" in address for address in alone)


def test_percentiles_are_nearest_ranks() -> None:
    assert spread(list(range(1, 101))) == {
        "count": 100,
        "p50": 51,
        "p95": 96,
        "p99": 100,
        "max": 100,
    }
    assert spread([]) == {"count": 0}


def test_a_slow_kind_of_page_is_named() -> None:
    told = {"p95": 40.0, "wrong": 0}
    found = {
        "cold": {"home, now": told | {"p95": 101.0}, "index": told | {"p95": 200.0}},
        "readers": {"kinds": {"home": told, "index": told | {"p95": 102.0}}, "wrong": 0},
        "weights": {"home": {"all_bytes": 99_000}},
    }
    assert [line for line, is_met in verdict(found) if not is_met] == [
        "nguội / cold, p95 <= 100 ms: home, now 101.0",
        "có người đọc / with readers, p95 <= 100 ms: index 102.0",
    ]


def test_a_reader_opens_its_connection_anew_when_the_server_closed_it() -> None:
    async def closing_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()  # without having said so
        await writer.wait_closed()

    async def ask_twice() -> list[int]:
        server = await asyncio.start_server(closing_server, "127.0.0.1", 0)
        async with server:
            connection = Connection(*server.sockets[0].getsockname()[:2], name="An")
            statuses = [(await connection.get("/")).status for _ in range(2)]
            connection.close()
            await asyncio.sleep(0)
            return statuses

    # in a thread: the browser that other tests share keeps a loop running in this one
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(asyncio.run, ask_twice()).result() == [200, 200]
