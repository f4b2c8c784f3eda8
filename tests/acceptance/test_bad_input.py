"""BAD_INPUT end to end: what a day comes to under each fault that the sandbox can play.

Before each fault a good version of the day is loaded. Afterwards that version still stands or a
whole new one does, the rows balance, and the ledger has the outcome and the code of the row.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from contracts.errors import HubError
from contracts.partition import Partition
from hub import ingest
from hub.cli.main import invoke
from hub.desk import Desk, open_desk
from hub.settings import Settings
from sandbox.person import CANARIES
from tests.acceptance.nation import Sandbox, write_connections
from tests.acceptance.test_verbs import environment
from tests.postgres import cloned
from warehouse import ledger
from warehouse.database import Connection
from warehouse.embedded import Server
from warehouse.figures import run_history

DAY = date(2020, 3, 10)
REST, SESSION, FILE = ("H26", "dossiers"), ("G03", "dossiers"), ("G10", "dossiers")
GATEWAY = ("G03", "payments")
"""one_stop_rest, portal_session (three pages a day), report_drop, payment_gateway."""
ALWAYS, ONCE = -1, 1
_DAYS = count()


@pytest.fixture(scope="module")
def desk(
    postgres: Server, template: str, nation: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One warehouse for all cases; each has a day of its own in it."""
    state = tmp_path_factory.mktemp("bad_input")
    write_connections(state / "connections.yaml", nation)
    with cloned(postgres, template) as url:
        impatient = Settings(
            state=state, database_url=url, attempts=2, wait_seconds=0.01, budget_seconds=0.05
        )
        with open_desk(impatient) as opened:
            yield opened


@pytest.fixture
def partition(source: tuple[str, str]) -> Partition:
    """A day of the case's source that no other case has."""
    return Partition(*source, DAY + timedelta(days=next(_DAYS)))


@pytest.fixture(autouse=True)
def unspoilt(nation: Sandbox) -> Iterator[None]:
    yield
    nation.control("reset", {})


def order(nation: Sandbox, partition: Partition) -> dict[str, Any]:
    """Make the day 500 rows long; return how the control address names it."""
    place = {"agency": partition.agency, "feed": partition.feed, "day": str(partition.day)}
    nation.control("volume", {**place, "rows": 500})
    return place


def attempt(desk: Desk, partition: Partition) -> ledger.Run:
    """Run a partition; return what the ledger says of it, whatever came."""
    said = ""
    try:
        ingest.run(desk, partition, reason="bad input")
    except HubError as error:
        said = str(error)
    assert not [mark for mark in CANARIES if mark in said]
    return run_history(
        desk.conn(), agency=partition.agency, feed=partition.feed, day=partition.day
    )[0]


def balanced(run: ledger.Run) -> bool:
    c = run.counts
    return c.received == c.loaded + c.quarantined + c.duplicates


REFUSED = [
    (6, REST, "http_503", "failed", "HTTP-5XX"),
    (7, REST, "http_429", "failed", "HTTP-429"),
    (7, REST, "http_429_huge", "failed", "HTTP-429"),
    (7, REST, "http_429_negative", "failed", "HTTP-429"),
    (8, REST, "http_401", "failed", "AUTH"),
    (8, REST, "http_403", "failed", "AUTH"),
    (10, REST, "http_404", "failed", "HTTP-4XX"),
    (11, REST, "length_too_long", "failed", "TRUNCATED"),
    (11, REST, "cut_reset", "failed", "TRUNCATED"),
    (12, REST, "chunk_cut", "failed", "TRUNCATED"),
    (12, REST, "chunk_end_missing", "failed", "TRUNCATED"),
    (13, REST, "close_delimited_cut", "rejected", "LENGTH-UNKNOWN"),
    (14, REST, "gzip_cut", "failed", "GZIP-TRUNCATED"),
    (15, REST, "gzip_trailer", "rejected", "GZIP-TRAILER"),
    (15, REST, "gzip_crc", "rejected", "GZIP-CRC"),
    (16, REST, "gzip_bomb", "rejected", "TOO-BIG"),
    (17, REST, "big_page", "rejected", "TOO-BIG"),
    (18, REST, "many_headers", "failed", "HTTP-PROTO"),
    (18, REST, "long_header", "failed", "HTTP-PROTO"),
    (19, REST, "double_length", "failed", "HTTP-SMUGGLE"),
    (19, REST, "length_and_chunked", "failed", "HTTP-SMUGGLE"),
    (20, REST, "html_page", "rejected", "NOT-DATA"),
    (21, REST, "html_as_json", "rejected", "NOT-DATA"),
    (22, SESSION, "app_error", "failed", "APP-ERROR"),
    (24, REST, "no_content", "rejected", "EMPTY"),
    (24, REST, "empty_body", "rejected", "EMPTY"),
    (24, REST, "empty_list", "rejected", "EMPTY"),
    (24, FILE, "csv_header_only", "rejected", "COUNT-MISMATCH"),
    (25, REST, "wrong_type", "rejected", "CTYPE"),
    (27, REST, "redirect_elsewhere", "failed", "EGRESS"),
    (27, REST, "redirect_internal", "failed", "EGRESS"),
    (27, REST, "redirect_file", "failed", "EGRESS"),
    (28, REST, "redirect_loop", "failed", "REDIRECT"),
    (35, SESSION, "page_repeat", "rejected", "PAGE-REPEAT"),
    (39, SESSION, "rows_inserted", "rejected", "PAGE-DRIFT"),
    (40, SESSION, "rows_leave", "rejected", "PAGE-DRIFT"),
    (41, SESSION, "total_wrong", "rejected", "COUNT-MISMATCH"),
    (42, SESSION, "total_changes", "rejected", "PAGE-DRIFT"),
    (47, FILE, "csv_windows1258", "rejected", "ENCODING"),
    (48, FILE, "csv_utf16", "rejected", "ENCODING"),
    (48, REST, "json_utf16", "rejected", "ENCODING"),
    (58, FILE, "csv_header_twice", "rejected", "CSV-HEADER"),
    (58, FILE, "csv_header_missing", "rejected", "CSV-HEADER"),
    (68, FILE, "done_missing", "failed", "PARTIAL-FILE"),
    (68, FILE, "done_digest", "failed", "PARTIAL-FILE"),
    (71, REST, "json_duplicate_key", "rejected", "JSON-DUPKEY"),
    (72, REST, "json_nan", "rejected", "JSON-NONFINITE"),
    (72, REST, "json_infinity", "rejected", "JSON-NONFINITE"),
    (73, REST, "json_1e400", "rejected", "NUM-RANGE"),
    (77, REST, "json_deep", "rejected", "DEPTH"),
    (80, REST, "json_trailing", "rejected", "JSON-SYNTAX"),
    (80, REST, "json_two_documents", "rejected", "JSON-SYNTAX"),
    (80, REST, "json_comment", "rejected", "JSON-SYNTAX"),
    (80, REST, "json_trailing_comma", "rejected", "JSON-SYNTAX"),
    (81, REST, "json_cut", "rejected", "JSON-SYNTAX"),
    (113, GATEWAY, "sum_wrong", "rejected", "TOTAL-MISMATCH"),
    (115, REST, "json_identity", "rejected", "PII-UNEXPECTED"),
    (118, REST, "drift_missing_field", "rejected", "DRIFT-MISSING"),
    (118, REST, "drift_renamed_field", "rejected", "DRIFT-MISSING"),
    (119, GATEWAY, "drift_type", "rejected", "TOO-MANY-REJECTS"),
]
REFUSED_IDS = [f"row {row} {fault} at {source[0]}" for row, source, fault, *_ in REFUSED]


@pytest.mark.parametrize(
    ("source", "fault", "state", "code"), [r[1:] for r in REFUSED], ids=REFUSED_IDS
)
def test_a_day_that_cannot_load_ends_in_its_class_and_the_old_version_stands(
    desk: Desk, nation: Sandbox, partition: Partition, fault: str, state: str, code: str
) -> None:
    place = order(nation, partition)
    good = attempt(desk, partition)
    assert good.state == "loaded"
    nation.control("faults", {**place, "fault": fault, "times": ALWAYS})
    bad = attempt(desk, partition)
    assert (bad.state, bad.code, balanced(bad)) == (state, code, True)
    assert bad.message
    head = ledger.head(desk.conn(), partition)
    assert head is not None
    assert (head.applied, head.counts) == (good.token, good.counts)


SURVIVED = [
    (5, REST, "http_502", None, 0),
    (9, SESSION, "token_expired", 1, 0),
    (25, FILE, "wrong_type", None, 0),
    (26, REST, "redirect_inside", None, 0),
    (38, SESSION, "short_page", None, 0),
    (39, SESSION, "rows_inserted", None, 0),
    (40, SESSION, "rows_leave", None, 0),
    (41, SESSION, "total_wrong", None, 0),
    (42, SESSION, "total_changes", None, 0),
    (43, SESSION, "cut", 1, 0),
    (45, SESSION, "page_size_ignored", None, 0),
    (46, REST, "json_bom", None, 0),
    (49, FILE, "csv_bad_byte", None, 1),
    (50, FILE, "csv_nul", None, 1),
    (52, FILE, "csv_stray_quote", None, 1),
    (52, FILE, "csv_open_quote", None, 1),
    (53, FILE, "csv_ragged", None, 1),
    (56, FILE, "csv_long_field", None, 1),
    (74, GATEWAY, "json_big_int", None, 1),
    (76, GATEWAY, "json_4301_digits", None, 1),
    (78, REST, "json_lone_surrogate", None, 1),
    (79, REST, "json_nul", None, 1),
    (102, GATEWAY, "json_negative", None, 1),
    (104, GATEWAY, "json_fraction", None, 1),
    (105, GATEWAY, "json_grouped", None, 1),
    (116, REST, "drift_new_field", None, 0),
]
SURVIVED_IDS = [f"row {row} {fault} at {source[0]}" for row, source, fault, *_ in SURVIVED]


@pytest.mark.parametrize(
    ("source", "fault", "page", "quarantined"), [s[1:] for s in SURVIVED], ids=SURVIVED_IDS
)
def test_a_day_that_can_load_loads_whole_with_its_bad_rows_set_aside(
    desk: Desk,
    nation: Sandbox,
    partition: Partition,
    fault: str,
    page: int | None,
    quarantined: int,
) -> None:
    place = order(nation, partition)
    # the fault of a file's bytes holds for its manifest and for itself
    times = 2 if partition.agency == FILE[0] and quarantined else ONCE
    nation.control("faults", {**place, "fault": fault, "times": times, "page": page})
    run = attempt(desk, partition)
    assert (run.state, run.code) == ("loaded", "")
    assert (run.counts.received, run.counts.quarantined, balanced(run)) == (500, quarantined, True)


def type_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, Any]]:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    def run(line: str) -> tuple[int, Any]:
        code = invoke([*line.split(), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_row_6_a_source_in_a_storm_is_left_alone_after_three_days_and_others_go_on(
    settings: Settings,
    nation: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = type_in(settings, monkeypatch, capsys)
    nation.control("faults", {"fault": "http_503", "agency": "H26", "times": ALWAYS})
    line = "backfill --from 2020-03-02 --to 2020-03-07 --feed documents --yes --processes 1"
    code, told = hub(f"{line} --agency H26 --agency G02")
    assert (code, told["outcomes"]) == (3, {"failed": 3, "parked": 3, "loaded": 6})
    assert {(bad["agency"], bad["code"]) for bad in told["bad"]} == {
        ("H26", "HTTP-5XX"),
        ("H26", "PARKED"),
    }


def test_row_114_an_unusual_volume_is_held_until_an_operator_accepts_it(
    settings: Settings,
    nation: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = type_in(settings, monkeypatch, capsys)
    for day in range(1, 8):
        place = {"agency": "G02", "feed": "dossiers", "day": f"2020-03-{day:02}"}
        nation.control("volume", {**place, "rows": 60})
    assert (
        hub("backfill --from 2020-03-01 --to 2020-03-07 --agency G02 --feed dossiers --yes")[0] == 0
    )
    nation.control("volume", {"agency": "G02", "feed": "dossiers", "day": "2020-03-08", "rows": 11})
    code, held = hub("run G02 dossiers 2020-03-08")
    assert (code, held["outcome"], held["code"]) == (1, "rejected", "VOLUME")
    assert "11 rows, median 60 of 7 days" in held["message"]
    code, accepted = hub("run G02 dossiers 2020-03-08 --accept-volume")
    assert (code, accepted["outcome"], accepted["counts"]["loaded"]) == (0, "loaded", 11)
    told = hub("explain G02 dossiers 2020-03-08")[1]
    assert told["runs"][0]["reason"] == "manual, volume accepted"


def test_row_123_another_unit_is_held_until_an_operator_accepts_it(
    settings: Settings,
    nation: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = type_in(settings, monkeypatch, capsys)
    for day in range(1, 9):
        place = {"agency": "G03", "feed": "payments", "day": f"2020-03-{day:02}"}
        nation.control("volume", {**place, "rows": 60})
    line = "backfill --from 2020-03-01 --to 2020-03-07 --agency G03 --feed payments --yes"
    assert hub(line)[0] == 0
    nation.control("faults", {**place, "fault": "drift_unit", "times": ALWAYS})
    code, held = hub("run G03 payments 2020-03-08")
    assert (code, held["outcome"], held["code"]) == (1, "rejected", "DRIFT-UNIT")
    code, accepted = hub("run G03 payments 2020-03-08 --accept-volume")
    assert (code, accepted["outcome"], accepted["counts"]["loaded"]) == (0, "loaded", 60)


def test_row_115_a_landing_that_holds_an_identity_is_not_kept(
    settings: Settings, nation: Sandbox
) -> None:
    partition = Partition(*REST, DAY)
    place = order(nation, partition)
    nation.control("faults", {**place, "fault": "json_identity", "times": ALWAYS})
    with open_desk(settings) as desk:
        landing = ingest.land(desk, partition, reason="bad input")
        assert ingest.load(desk, landing.token).code == "PII-UNEXPECTED"
        assert attempt(desk, partition).manifest == ""
    assert [path for path in (settings.state / "archive").rglob("*") if path.is_file()] == []


def test_row_116_an_unknown_field_is_noted_by_name_alone(
    settings: Settings, nation: Sandbox, warehouse: Connection
) -> None:
    partition = Partition(*REST, DAY)
    nation.control("faults", {**order(nation, partition), "fault": "drift_new_field"})
    with open_desk(settings) as desk:
        assert attempt(desk, partition).state == "loaded"
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("SELECT agency_code, field FROM ledger.drift ORDER BY field")
        assert cursor.fetchall() == [
            ("H26", "agency.truongMoi"),
            ("H26", "procedure.truongMoi"),
            ("H26", "truongMoi"),
        ]
