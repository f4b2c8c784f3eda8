"""Three real files that nobody of this project wrote, through the same six steps as everything.

The truths are those of ../shared/real/README.md, written out.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
import zstandard

from connectors.agency import FOLDER
from contracts.partition import Partition
from hub import ingest
from hub.desk import Desk, open_desk
from hub.settings import Settings
from warehouse.figures import quarantined

REAL = Path(__file__).parents[3] / "shared" / "real"
PLANNING = Partition("X01", "dossiers", date(2017, 8, 31))
SPENDING = Partition("X02", "payments", date(2018, 9, 30))
POPULATION = Partition("X03", "population", date(2020, 12, 31))

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(),
    reason="../shared/real is not on this machine",
)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Return a desk whose agencies are the two examples; no Python of theirs, only YAML."""
    address = {"open_data": {"url": f"file://{REAL.resolve()}"}}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump(address), encoding="utf-8")
    settings = Settings(state=tmp_path, database_url=database_url, agencies=FOLDER / "examples")
    with open_desk(settings) as opened:
        yield opened


def one(desk: Desk, query: str) -> tuple[object, ...]:
    with desk.conn() as conn, conn.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    assert row is not None
    return row


def test_the_planning_desk_gives_its_known_truth(desk: Desk) -> None:
    result = ingest.run(desk, PLANNING, reason="test")
    assert (result.outcome, result.code) == ("loaded", "")
    counts = result.counts
    assert (counts.received, counts.loaded, counts.quarantined, counts.duplicates) == (
        2146,
        2145,
        1,
        0,
    )
    on_time, late, without_target = one(
        desk,
        "SELECT count(*) FILTER (WHERE finished_on <= due_on),"
        " count(*) FILTER (WHERE finished_on > due_on),"
        " count(*) FILTER (WHERE finished_on IS NOT NULL AND due_on IS NULL)"
        " FROM core.dossier_change",
    )
    # The desk's 1,053th case on time is the one that was decided before its case date.
    assert (on_time, late, without_target) == (1053 - 1, 392, 7)
    ((_, values, reasons),) = quarantined(desk.conn(), PLANNING)
    assert [(r["code"], r["rule"], r["seen"]) for r in reasons] == [
        ("LOGIC", "received_before_finished", "03/10/2016")
    ]
    assert values["DECISION DATE"] == "03/10/2016"


def test_the_departmental_spending_gives_its_known_truth(desk: Desk) -> None:
    result = ingest.run(desk, SPENDING, reason="test")
    assert (result.outcome, result.counts.loaded, result.counts.received) == ("loaded", 406, 406)
    assert one(
        desk,
        "SELECT count(*), sum(amount_minor), min(currency_code) FROM core.payment"
        " JOIN core.currency USING (currency_id)",
    ) == (406, 118_461_709_02, "GBP")


def test_the_population_of_2020_is_63_provinces_and_the_difference_is_reported(desk: Desk) -> None:
    result = ingest.run(desk, POPULATION, reason="test")
    assert (result.outcome, result.counts.loaded, result.counts.received) == ("loaded", 63, 63)
    assert one(
        desk, "SELECT count(*), sum(average_population_thousand_e1) FROM core.population"
    ) == (
        63,
        975_826,
    )
    assert one(
        desk,
        "SELECT count(*) FILTER (WHERE name LIKE 'declared%'),"
        " sum(value) FILTER (WHERE name = 'declared_average_population')::bigint,"
        " sum(value) FILTER (WHERE name = 'difference_average_population')::bigint"
        " FROM ledger.control_total",
    ) == (7, 975_827, -1)


def test_a_replay_of_the_real_files_gives_identical_digests(desk: Desk) -> None:
    for partition in (PLANNING, SPENDING, POPULATION):
        live = ingest.run(desk, partition, reason="test")
        again = ingest.replay(desk, partition)
        assert again.outcome == "unchanged"
        assert (again.digest, again.frame_digest) == (live.digest, live.frame_digest)


def test_no_address_case_text_or_supplier_reaches_a_file_or_a_table(desk: Desk) -> None:
    for partition in (PLANNING, SPENDING):
        ingest.run(desk, partition, reason="test")
    secrets = {
        *words("planning_applications_2017_08.csv", "ADDRESS", "CASE TEXT"),
        *words("spending_2018_09.csv", "Supplier", "Supplier Postcode", "Description"),
    }
    assert len(secrets) > 3000
    kept = {**files(desk.settings.state), **tables(desk)}
    assert len(kept) > 20
    assert "15/00123/NMA" in kept["planning blob"]
    for place, text in kept.items():
        assert not [word for word in secrets if word in text], place


def words(file: str, *columns: str) -> set[str]:
    """Return texts of personal columns, long enough to be found nowhere by chance."""
    with (REAL / file).open(encoding="cp1252", newline="") as lines:
        rows = [{(k or "").strip(): v for k, v in row.items()} for row in csv.DictReader(lines)]
    texts = {(row[column] or "").strip() for row in rows for column in columns}
    return {line for text in texts for line in text.splitlines() if len(line) >= 8}


def files(folder: Path) -> dict[str, str]:
    """Return every file below a folder as text, blobs unpacked."""
    kept = {}
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            if path.suffix == ".zst":
                raw = (
                    zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()
                )
            name = "planning blob" if b"CASE REFERENCE" in raw and path.suffix == ".zst" else ""
            kept[name or str(path)] = raw.decode("utf-8", "replace")
    return kept


def tables(desk: Desk) -> dict[str, str]:
    """Return every table of ours as text."""
    with desk.conn() as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('core', 'ledger', 'mart')"
        )
        kept = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, chr(10)) FROM {name} AS t")
            kept[name] = (cursor.fetchone() or ("",))[0] or ""
    return kept
