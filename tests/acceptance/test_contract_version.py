"""BAD_INPUT row 124: a contract that grew stricter judges what comes, never what was pinned."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from contracts import model
from contracts.partition import Partition
from hub import ingest
from hub.desk import Desk, open_desk
from hub.settings import Settings
from tests.acceptance.nation import Sandbox
from warehouse import ledger
from warehouse.figures import run_history

FEEDS = Path(model.__file__).parent / "feeds"
PLACE = Partition("H26", "documents", date(2020, 3, 10))


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Contracts in a folder of their own, to which a test may add versions."""
    folder = tmp_path / "feeds"
    shutil.copytree(FEEDS, folder)
    monkeypatch.setattr(model, "_root", lambda: folder)
    model.load_contract.cache_clear()
    yield folder
    model.load_contract.cache_clear()


@pytest.fixture
def desk(settings: Settings, nation: Sandbox) -> Iterator[Desk]:
    place = {"agency": PLACE.agency, "feed": PLACE.feed, "day": str(PLACE.day)}
    nation.control("volume", {**place, "rows": 60})
    with open_desk(settings) as opened:
        yield opened
    nation.control("reset", {})


def publish_stricter(feeds: Path) -> None:
    """Add version 2.0.0 of the contract, under which no row of 1.0.0 is valid any more."""
    old, new = feeds / "documents" / "1.0.0", feeds / "documents" / "2.0.0"
    shutil.copytree(old, new)
    text = (old / "contract.yaml").read_text(encoding="utf-8")
    stricter = text.replace("version: 1.0.0", "version: 2.0.0").replace(
        "maxLength: 120", "maxLength: 3"
    )
    (new / "contract.yaml").write_text(stricter, encoding="utf-8")
    model.load_contract.cache_clear()


def newest(desk: Desk) -> ledger.Run:
    return run_history(desk.conn(), agency=PLACE.agency, feed=PLACE.feed, day=PLACE.day)[0]


def test_row_124_a_replay_is_judged_by_the_version_that_its_run_pinned(
    desk: Desk, feeds: Path
) -> None:
    assert ingest.run(desk, PLACE, reason="daily").counts.loaded == 60
    publish_stricter(feeds)
    assert ingest.replay(desk, PLACE).outcome == "unchanged"
    assert newest(desk).contract == "documents/1.0.0"


def test_row_124_the_new_version_judges_only_where_it_is_named_or_a_day_is_pulled_anew(
    desk: Desk, feeds: Path
) -> None:
    good = ingest.run(desk, PLACE, reason="daily")
    publish_stricter(feeds)
    replayed = ingest.replay(desk, PLACE, version="2.0.0")
    assert (replayed.outcome, replayed.code) == ("rejected", "TOO-MANY-REJECTS")
    assert newest(desk).contract == "documents/2.0.0"
    pulled = ingest.run(desk, PLACE, reason="backfill")
    assert (pulled.outcome, pulled.code) == ("rejected", "TOO-MANY-REJECTS")
    head = ledger.head(desk.conn(), PLACE)
    assert head is not None
    assert (head.applied, head.contract) == (good.token, "documents/1.0.0")
