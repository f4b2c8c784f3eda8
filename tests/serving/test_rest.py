"""Datasets: pages, files, filters, and what stands beside them."""

import csv
import gc
import gzip
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import psutil
import pytest
import python_calamine
from pyarrow import parquet
from starlette.testclient import TestClient

from serving.access import NOBODY
from serving.app import create_app
from serving.dataset import About, Dataset
from serving.rest.csv_file import csv_chunks
from serving.rest.parquet_file import parquet_chunks
from serving.rest.reading import Reading, Rows
from serving.rest.stream import packed
from serving.rest.xlsx_file import xlsx_chunks
from serving.service import Service
from serving.shelf import DATASETS, INNER, OPEN
from warehouse.catalogue import Column
from warehouse.database import connect
from warehouse.dataset import Behind, Selection
from warehouse.figures import Coverage

SPAN = "from=2026-10-15&to=2026-11-20"


def read(client: TestClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_names_every_dataset_with_coverage_and_links(client: TestClient) -> None:
    told = read(client, "/v1")["datasets"]
    assert [one["dataset"] for one in told] == list(DATASETS)
    day = next(one for one in told if one["dataset"] == "dossier_day")
    assert day["links"]["xlsx"] == "/v1/dossier_day.xlsx"
    assert day["kind"] == "inner"
    assert day["coverage"]["expected"] == day["coverage"]["covered"] + 1


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_reads_the_same_in_every_format(client: TestClient, name: str) -> None:
    asked = "" if DATASETS[name].feed is None or DATASETS[name].is_monthly else SPAN
    told = read(client, f"/v1/{name}.json?{asked}&limit=10000".replace("?&", "?"))
    rows = told["rows"]
    names = [column["name"] for column in told["columns"]]

    lines = list(csv.reader(io.StringIO(client.get(f"/v1/{name}.csv?{asked}").text)))
    assert lines[0] == names
    table = parquet.read_table(io.BytesIO(client.get(f"/v1/{name}.parquet?{asked}").content))
    assert table.column_names == names
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(f"/v1/{name}.xlsx?{asked}").content)
    )
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[0] == names
    if told["next"] is None:
        assert len(lines) - 1 == table.num_rows == len(sheet) - 1 == len(rows)
    assert [line[0] for line in lines[1:4]] == [_as_csv(row[names[0]]) for row in rows[:3]]


def _as_csv(value: Any) -> str:
    return "" if value is None else str(value)


def test_every_answer_carries_coverage_and_newest_load(client: TestClient) -> None:
    told = read(client, f"/v1/dossier_day.json?{SPAN}&limit=0")
    assert told["coverage"] == {"expected": 148, "covered": 147, "ratio": 0.993243}
    assert told["as_of"].endswith("+07:00")
    assert told["rows"] == []
    for form in ("csv", "parquet", "xlsx"):
        headers = client.get(f"/v1/dossier_day.{form}?{SPAN}").headers
        assert headers["x-coverage-expected"] == "148"
        assert headers["x-coverage-covered"] == "147"
        assert headers["x-as-of"] == told["as_of"]


def test_a_workbook_tells_its_coverage_on_a_second_sheet(client: TestClient) -> None:
    answer = client.get(f"/v1/dossier_day.xlsx?{SPAN}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Dữ liệu", "Độ đầy đủ"]
    facts = {row[0].value: row[1].value for row in book["Độ đầy đủ"]}
    assert facts["coverage_expected"] == "148"
    assert facts["coverage_covered"] == "147"
    assert facts["submitted"] == "nộp trong ngày"
    first = book["Dữ liệu"][2]
    assert (first[0].value, first[2].value) == ("G01", datetime.fromisoformat("2026-10-15"))


def test_parquet_tells_types_units_and_coverage_in_its_schema(client: TestClient) -> None:
    answer = client.get(f"/v1/dossier_day.parquet?{SPAN}")
    schema = parquet.read_schema(io.BytesIO(answer.content))
    assert schema.metadata[b"coverage_covered"] == b"147"
    assert str(schema.field("day").type) == "date32[day]"
    assert schema.field("received").metadata[b"unit"] == b"dossiers"


def test_pages_follow_each_other_without_a_gap_or_a_row_twice(client: TestClient) -> None:
    whole = read(client, f"/v1/documents_daily.json?{SPAN}&limit=10000")["rows"]
    walked: list[Any] = []
    address = f"/v1/documents_daily.json?{SPAN}&limit=97"
    while address:
        answer = client.get(address)
        walked += answer.json()["rows"]
        address = answer.links.get("next", {}).get("url", "")
    assert len(whole) > 300
    assert walked == whole


@pytest.mark.parametrize("name", ["dossier_months_by_agency", "indicators", "partition_state"])
def test_what_is_worked_out_is_paged_alike(client: TestClient, name: str) -> None:
    whole = read(client, f"/v1/{name}.json?{SPAN}&limit=1000")
    first = read(client, f"/v1/{name}.json?{SPAN}&limit=2")
    rest = read(client, f"/v1/{name}.json?{SPAN}&limit=998&after={first['next']}")
    assert first["rows"] + rest["rows"] == whole["rows"]


def test_a_cursor_of_another_question_is_refused(client: TestClient) -> None:
    first = read(client, f"/v1/dossier_day.json?{SPAN}&limit=2")
    for address in (
        f"/v1/dossier_day.json?from=2026-10-16&to=2026-11-20&after={first['next']}",
        f"/v1/portal_usage.json?{SPAN}&after={first['next']}",
        f"/v1/dossier_day.json?{SPAN}&after=WyJ4Il0",
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (400, "CURSOR")


def test_rows_stand_under_the_unit_of_the_chosen_map(client: TestClient) -> None:
    span = "from=2025-06-20&to=2025-06-30&limit=10000"
    reported = read(client, f"/v1/dossier_day.json?{span}&agency=H22")["rows"]
    today = read(client, f"/v1/dossier_day.json?{span}&map=today&agency=H60")["rows"]
    assert {row["map_code"] for row in reported} == {"H22"}
    assert {row["agency_code"] for row in today} == {"H22", "H60"}
    assert {row["map_code"] for row in today} == {"H60"}


def test_coverage_follows_the_agency_and_the_map(client: TestClient) -> None:
    span = "from=2025-06-21&to=2025-06-30&limit=0"
    alone = read(client, f"/v1/dossier_day.json?{span}&agency=H60")["coverage"]
    merged = read(client, f"/v1/dossier_day.json?{span}&agency=H60&map=today")["coverage"]
    assert (alone["expected"], merged["expected"]) == (10, 20)


def test_tallies_by_month_agree_with_the_days(client: TestClient) -> None:
    months = read(client, f"/v1/dossier_months_by_agency.json?{SPAN}&limit=1000")["rows"]
    days = read(client, f"/v1/dossier_day.json?{SPAN}&limit=10000")["rows"]
    assert {row["first_day"] for row in months} == {"2026-10-15", "2026-11-01"}
    for agency in ("G01", "H26", "H60"):
        of_month = sum(row["received"] for row in months if row["code"] == agency)
        of_days = sum(row["received"] for row in days if row["agency_code"] == agency)
        assert of_month == of_days > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-11-31", "QUERY"),
        ("from=20261101", "QUERY"),
        ("from=1761955200", "QUERY"),
        ("from=2026-11-02&to=2026-11-01", "DAYS"),
        ("period=2026-11&to=2026-11-01", "DAYS"),
        ("period=2026-13", "QUERY"),
        ("map=2026-02-30", "MAP"),
        ("map=yesterday", "QUERY"),
        ("agency=H26%00", "QUERY"),
        ("limit=10001", "QUERY"),
        ("limit=x", "QUERY"),
        ("after=%00", "QUERY"),
        ("form=2026-11-01", "QUERY"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_that_says_why(
    client: TestClient, query: str, code: str
) -> None:
    answer = client.get(f"/v1/dossier_day.json?{query}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_unknown_dataset_is_not_found(client: TestClient) -> None:
    answer = client.get("/v1/dossier_state.csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "DATASET")


def test_a_dataset_without_agencies_does_not_pretend_to_filter(client: TestClient) -> None:
    answer = client.get("/v1/indicators.json?agency=H26")
    assert (answer.status_code, answer.json()["code"]) == (400, "AGENCY")


def test_an_unchanged_file_is_told_by_its_etag_before_any_work(client: TestClient) -> None:
    address = f"/v1/dossiers_daily.xlsx?{SPAN}"
    etag = client.get(address).headers["etag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address + "&map=today", headers={"If-None-Match": etag})
    assert other.status_code == 200


def test_csv_and_json_are_compressed_where_the_reader_takes_it(client: TestClient) -> None:
    for form in ("csv", "json"):
        answer = client.get(f"/v1/dossier_day.{form}?{SPAN}")
        assert answer.headers["content-encoding"] == "gzip"
    plain = client.get(f"/v1/dossier_day.csv?{SPAN}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == client.get(f"/v1/dossier_day.csv?{SPAN}").text


def test_a_byte_order_mark_comes_only_when_asked_for(client: TestClient) -> None:
    assert client.get("/v1/codes.csv").content[:4] == b"list"
    assert client.get("/v1/codes.csv?bom=1").content[:7] == b"\xef\xbb\xbflist"


def test_files_are_sent_in_lanes_and_the_next_reader_is_told_to_come_again(
    client: TestClient,
) -> None:
    client.get("/v1/codes.csv")
    lanes = client.app.state.lanes  # type: ignore[attr-defined]
    taken = [lanes._free.acquire(blocking=False) for _ in range(4)]
    try:
        answer = client.get("/v1/codes.csv")
    finally:
        for _ in taken:
            lanes._free.release()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert client.get("/v1/codes.csv").status_code == 200


def test_a_reader_who_leaves_frees_the_lane_and_the_connection(reading: Service) -> None:
    app = create_app(reading)
    with TestClient(app, base_url="http://hub.test") as client:
        for _ in range(6):
            with client.stream("GET", f"/v1/dossiers_daily.csv?{SPAN}") as answer:
                next(answer.iter_raw())
        assert client.get("/v1/codes.csv").status_code == 200
    gc.collect()
    with connect(reading.url).cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hub serve file'"
        )
        assert cursor.fetchone() == (0,)


# What strangers may read


@pytest.fixture
def stranger(reading: Service) -> Iterator[TestClient]:
    service = Service(reading.settings, reading.url, lambda _: NOBODY, reading.registry)
    service.clock = reading.clock
    with TestClient(create_app(service), client=("192.0.2.7", 5000)) as asking:
        yield asking
    service.close()


@pytest.mark.parametrize("name", [one.name for one in OPEN])
def test_open_data_needs_no_name(stranger: TestClient, name: str) -> None:
    assert stranger.get(f"/v1/{name}.json?limit=1").status_code == 200
    assert stranger.get(f"/v1/{name}.csv").status_code == 200


@pytest.mark.parametrize("name", [one.name for one in INNER])
def test_full_detail_is_for_people_who_read_and_for_keys(stranger: TestClient, name: str) -> None:
    answer = stranger.get(f"/v1/{name}.csv")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_open_cuts_are_whole_months_on_published_maps(stranger: TestClient) -> None:
    told = read(stranger, "/v1/dossiers_by_agency.json")
    assert told["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    closed = [row for row in told["rows"] if row["obs_status"] == "C"]
    assert all(None in row.values() for row in closed)
    for query, code in (
        ("from=2026-10-02&to=2026-10-31", "MONTH"),
        ("period=2026-11", "MONTH"),
        ("period=2026-10&map=2025-06-30", "MAP"),
        ("period=2025-06&map=2025-06-29", "MAP"),
        ("agency=H26", "AGENCY"),
    ):
        for form in ("json", "csv"):
            answer = stranger.get(f"/v1/dossiers_by_agency.{form}?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_service_s_clock_says_what_is_over(stranger: TestClient) -> None:
    before = read(stranger, "/v1/documents_by_level.json?period=2026-10&limit=0")
    assert before["as_of"] is not None
    assert stranger.get("/v1/documents_by_level.json?period=2027-01").status_code == 400


# The writers, on rows of their own


COLUMNS = (
    Column("code", "text", "mã", "code"),
    Column("name", "text", "tên", "name"),
    Column("day", "day", "ngày", "day"),
    Column("count", "integer", "số", "count", "dossiers"),
    Column("share", "decimal", "tỷ lệ", "share", "percent"),
)


def reading_of(columns: tuple[Column, ...] = COLUMNS) -> Reading:
    about = About("Thử", "Trial", "một dòng", "a row", ("code",), columns)
    dataset = Dataset(
        name="trial", kind="open", feed=None, about=lambda _: about, read=lambda *_: iter(())
    )
    days = Selection(first=date(2026, 11, 1), last=date(2026, 11, 20), today=date(2026, 11, 21))
    return Reading(dataset=dataset, about=about, chosen=days, behind=Behind(Coverage(2, 1), None))


def many(count: int) -> Rows:
    day = date(2026, 11, 20)
    return ((f"{n:08}", "Bộ Y tế", day, n, Decimal("17.97")) for n in range(count))


def test_no_cell_is_taken_for_a_formula() -> None:
    row = ("=1+1", "@SUM(A1)", None, -5, Decimal("-0.5"))
    text = b"".join(csv_chunks(reading_of(), iter([row]))).decode()
    assert text.split("\r\n")[1] == "'=1+1,'@SUM(A1),,-5,-0.5"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_chunks(reading_of(), iter([row])))))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    assert [one.value for one in book.worksheets[0][2]][2:] == [None, -5, -0.5]


def test_codes_stay_texts_and_signs_that_xml_forbids_are_left_out() -> None:
    row = ("01", "a\x07<b>&c", None, 0, None)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_chunks(reading_of(), iter([row])))))
    assert [one.value for one in book.worksheets[0][2]][:2] == ["01", "a<b>&c"]


def test_a_sheet_that_is_full_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.rest.xlsx_file.SHEET_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_chunks(reading_of(), many(7)))))
    assert book.sheetnames == ["Dữ liệu", "Dữ liệu 2", "Dữ liệu 3", "Độ đầy đủ"]
    codes = [row[0].value for sheet in book.worksheets[:3] for row in list(sheet)[1:]]
    assert codes == [f"{n:08}" for n in range(7)]


def test_the_same_rows_make_the_same_bytes() -> None:
    for write in (csv_chunks, parquet_chunks, xlsx_chunks):
        made = {b"".join(write(reading_of(), many(100))) for _ in range(2)}
        assert len(made) == 1


@pytest.mark.parametrize("write", [csv_chunks, parquet_chunks, xlsx_chunks])
def test_a_file_begins_before_its_first_row_is_known(write: Any) -> None:
    asked: list[int] = []

    def rows() -> Rows:
        asked.append(1)
        yield from many(1)

    chunks = write(reading_of(), rows())
    assert next(chunks)
    assert asked == []
    chunks.close()


@pytest.mark.parametrize("write", [csv_chunks, parquet_chunks, xlsx_chunks])
def test_however_many_the_rows_few_are_held(write: Any) -> None:
    def grown(count: int) -> int:
        process = psutil.Process()
        most = before = process.memory_info().rss
        for _ in write(reading_of(), many(count)):
            most = max(most, process.memory_info().rss)
        return most - before

    grown(60_000)  # what is allocated once
    assert grown(300_000) < 40_000_000


def test_a_packed_stream_begins_with_what_was_told_first() -> None:
    chunks = packed(csv_chunks(reading_of(), many(50_000)))
    first = next(chunks)
    whole = first + b"".join(chunks)
    assert gzip.decompress(whole) == b"".join(csv_chunks(reading_of(), many(50_000)))
    assert b"code,name" in __import__("zlib").decompressobj(31).decompress(first)


def test_json_tells_decimals_exactly(client: TestClient) -> None:
    text = client.get(f"/v1/payments_daily.json?{SPAN}&limit=5").text
    amounts = [row["amount"] for row in json.loads(text, parse_float=Decimal)["rows"]]
    assert all(amount == int(amount) for amount in amounts)
    assert ".0000" not in text
