"""Sources to pull from in tests: the shipped systems at a local address."""

from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

from connectors.agency import Agency
from connectors.connection import Connection
from connectors.drive import pull
from connectors.patience import Patience
from connectors.protocol import Exchange
from connectors.source import Source, source_for
from connectors.system import System, load_system
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged

DAY = date(2026, 11, 20)
SECRET = "s3cret-canary-7f1c"


class Waited(list[float]):
    """The waits that were asked for, instead of waiting."""


def patience(waited: list[float] | None = None, **changes: Any) -> Patience:
    usual: dict[str, Any] = {
        "connect": 1.0,
        "read": 1.0,
        "answer": 20.0,
        "attempts": 3,
        "budget": 100.0,
        "sleep": (waited if waited is not None else []).append,
        "jitter": lambda _low, high: high,
    }
    return Patience(**{**usual, **changes})


def agency_of(feed: str, **place: Any) -> Agency:
    """The agency file of Hà Nội with one feed."""
    return Agency.model_validate(
        {
            "code": "H26",
            "name": "Thành phố Hà Nội",
            "kind": "province",
            "owner": "Văn phòng",
            "feeds": {feed: {"connection": "H26", **place}},
        }
    )


def source(system: str | System, url: str, folder: Path | None = None, /, **changes: Any) -> Source:
    """A source of one shipped system; ``changes`` alter the system, ``options`` its options."""
    chosen = load_system(system) if isinstance(system, str) else system
    options = changes.pop("options", {})
    chosen = chosen.model_copy(update=changes)
    reference = None
    if folder:
        (folder / "secret").write_text(SECRET + "\n")
        reference = f"file/{folder / 'secret'}"
    connection = Connection(
        url=url,
        username="H26",
        client_id="H26",
        system_id="H26",
        secret=reference,
        networks=frozenset({"loopback"}),
    )
    agency = agency_of(chosen.feed, system=chosen.name, options=options)
    return source_for(agency, chosen.feed, {"H26": connection}, {chosen.name: chosen})


def judged(found: Source, day: Partition, exchanges: list[Exchange], told: Any) -> Judged:
    """What the contract says of a pulled day."""
    lists = CodeLists.load(day.day)
    judge = Judge(load_contract(day.feed), found.source_map, day, lists)
    for exchange in exchanges:
        judge.page(exchange.page)
    return judge.close(told)


def partition(found: Source) -> Partition:
    return Partition("H26", found.feed, DAY)


def take(found: Source, **changes: Any) -> tuple[list[Exchange], dict[str, int]]:
    """All pages of a pull and what was declared."""
    changes.setdefault("patience", patience())
    return finished(pull(found, partition(found), **changes))


def finished(walk: Generator[Exchange, None, Any]) -> tuple[list[Exchange], dict[str, int]]:
    """All pages of a walk and what it returned."""
    pages: list[Exchange] = []
    while True:
        try:
            pages.append(next(walk))
        except StopIteration as end:
            return pages, dict(end.value)


def rows(pages: list[Exchange]) -> int:
    return sum(exchange.page.rows for exchange in pages)


def column(pages: list[Exchange], path: str) -> list[Any]:
    return [value for exchange in pages for value in exchange.page.columns.get(path, [])]
