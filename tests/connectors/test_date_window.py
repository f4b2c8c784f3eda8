"""Windows of time: never a gap or an overlap, whatever the source holds and cuts off."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kinds.date_window import Options, walk
from connectors.login_options import NoAuth
from connectors.protocol import Answer
from connectors.source import Source
from connectors.window import Window, window_of
from contracts.errors import ContractBroken
from contracts.page import Page
from contracts.partition import ZONE, Partition
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.world import DAY, column, source, take

DAY_START = datetime.combine(DAY, time(), ZONE)
Query = tuple[tuple[str, str], ...]
SECONDS = "yyyy-MM-dd HH:mm:ss"


def windows(url: str, **options: Any) -> Source:
    usual = {"format": SECONDS, "end": "excluded", "span": "day", "most": 3, **options}
    return source("indicator_window", url, options=usual, auth=NoAuth())


def bounds(asked: Asked, form: str = "%Y-%m-%d %H:%M:%S") -> tuple[datetime, datetime]:
    told = dict(parse_qsl(urlsplit(asked.target).query))
    start, end = (
        datetime.strptime(told[name], form).replace(tzinfo=ZONE) for name in ("tuNgay", "denNgay")
    )
    return start, end


def holding(moments: list[datetime], *, most: int = 3, total: bool = False) -> Any:
    """A source that gives at most so many rows of a window and may declare how many it has."""

    def serve(asked: Asked) -> Any:
        start, end = bounds(asked)
        found = [m for m in moments if start <= m < end]
        rows = [{"maChiTieu": m.strftime("%H:%M:%S")} for m in found[:most]]
        return answer({"duLieu": rows, **({"tongSo": len(found)} if total else {})})

    return serve


def at(*texts: str) -> list[datetime]:
    return [datetime.combine(DAY, time.fromisoformat(text), ZONE) for text in texts]


def test_a_window_that_is_cut_off_is_halved_and_its_rows_come_once() -> None:
    moments = at("00:00:00", "03:00:00", "05:59:59", "06:00:00", "11:59:59", "12:00:00", "23:59:59")
    with FaultServer(holding(moments, total=True)) as server:
        pages, declared = take(windows(server.url))
        asked = [bounds(one) for one in server.asked]
    assert column(pages, "maChiTieu") == [m.strftime("%H:%M:%S") for m in moments]
    assert declared == {"rows": 7}
    assert [page.page.rows for page in pages] == [0, 0, 3, 2, 2]
    assert [(end - start) // timedelta(hours=1) for start, end in asked] == [24, 12, 6, 6, 12]


def test_without_a_total_the_cap_tells_that_a_window_is_cut_off() -> None:
    moments = at("01:00:00", "02:00:00", "13:00:00")
    with FaultServer(holding(moments)) as server:
        pages, declared = take(windows(server.url, totals={}))
    assert (column(pages, "maChiTieu"), declared) == (["01:00:00", "02:00:00", "13:00:00"], {})
    assert [page.page.rows for page in pages] == [0, 2, 1]


def test_a_full_window_that_declares_no_more_is_whole() -> None:
    with FaultServer(holding(at("01:00:00", "02:00:00", "03:00:00"), total=True)) as server:
        pages, declared = take(windows(server.url))
    assert (len(pages), declared) == (1, {"rows": 3})


def test_a_source_that_says_too_many_is_asked_for_halves() -> None:
    def serve(asked: Asked) -> Any:
        start, end = bounds(asked)
        too_many = end - start > timedelta(hours=6)
        return answer({"tongSo": 0, "ma": "TOO_MANY" if too_many else "OK", "duLieu": []})

    with FaultServer(serve) as server:
        pages, declared = take(windows(server.url, flag="ma", flagged=("too_many", "limit")))
    assert (len(pages), declared) == (7, {"rows": 0})


def test_the_least_window_that_is_still_cut_off_refuses_the_day() -> None:
    crowd = at("10:00:00") * 4
    with (
        FaultServer(holding(crowd, total=True)) as server,
        pytest.raises(ContractBroken) as caught,
    ):
        take(windows(server.url))
    assert caught.value.code == "WINDOW-FULL"
    assert caught.value.seen == "2026-11-20 10:00:00 to 2026-11-20 10:00:01"


def test_row_37_windows_without_end_stop_at_the_limit() -> None:
    with (
        FaultServer(holding(at("10:00:00") * 4, total=True)) as server,
        pytest.raises(ContractBroken) as caught,
    ):
        take(windows(server.url, max_pages=5))
    assert (caught.value.code, len(server.asked)) == ("PAGE-LIMIT", 5)


def test_row_35_a_source_that_ignores_the_window_refuses_the_day() -> None:
    with (
        FaultServer(answer({"duLieu": [{"maChiTieu": "A"}], "tongSo": 1})) as server,
        pytest.raises(ContractBroken) as caught,
    ):
        take(windows(server.url, windows=2))
    assert caught.value.code == "PAGE-REPEAT"


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"format": "iso"}, "2026-11-19T17:00:00Z", "2026-11-20T17:00:00Z"),
        ({"format": "iso_local"}, "2026-11-20T00:00:00", "2026-11-21T00:00:00"),
        ({"format": "dd/MM/yyyy", "end": "included"}, "20/11/2026", "20/11/2026"),
        ({"format": SECONDS, "end": "included"}, "2026-11-20 00:00:00", "2026-11-20 23:59:59"),
        ({"format": "yyyyMMdd", "span": "month"}, "20261101", "20261121"),
        ({"format": "yyyyMMdd", "span": "quarter"}, "20261001", "20261121"),
        ({"format": "yyyyMMdd", "span": "year"}, "20260101", "20261121"),
    ],
)
def test_a_window_is_written_as_the_source_reads_it(
    options: dict[str, Any], first: str, last: str
) -> None:
    known = Options(path="/x", **options)
    request = next(walk(known, Partition("H26", "payments", DAY)))
    assert request.query == (("from", first), ("to", last))


@given(
    parts=st.integers(1, 1440),
    form=st.sampled_from(["iso", "yyyyMMdd", "yyyyMMddHH", "dd/MM/yyyy HH:mm", SECONDS]),
    day=st.dates(date(2019, 1, 1), date(2030, 12, 31)),
)
def test_parts_cover_a_window_without_gap_or_overlap(parts: int, form: str, day: date) -> None:
    whole = window_of(Partition("H26", "payments", day), "month", form)
    found = list(whole.parts(parts))
    assert (found[0].start, found[-1].end) == (whole.start, whole.end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(one.steps >= 1 for one in found)


@given(
    seconds=st.lists(st.integers(0, 86_399), max_size=60),
    most=st.integers(1, 9),
    parts=st.integers(1, 30),
    total=st.booleans(),
)
def test_every_row_comes_once_or_the_day_is_refused(
    seconds: list[int], most: int, parts: int, total: bool
) -> None:
    """The walk alone, answered from memory: what it takes is what the source holds."""
    options = Options(
        path="/x", most=most, windows=parts, totals={"rows": "total"} if total else {}
    )
    taken: list[int] = []

    def answered(query: Query) -> Answer:
        start, end = (
            int((datetime.fromisoformat(text) - DAY_START.astimezone(UTC)).total_seconds())
            for _, text in query
        )
        found = sorted(s for s in seconds if start <= s < end)
        held = Page(len(found[:most]), {}, envelope={"total": len(found)} if total else {})
        page = options.taken(held)
        taken.extend(found[: page.rows])
        return Answer(page.rows, page.envelope, f"{start}-{end}")

    crowded = max(Counter(seconds).values(), default=0) >= most + total
    if crowded:
        with pytest.raises(ContractBroken, match="WINDOW-FULL"):
            walked(options, answered)
    else:
        declared = walked(options, answered)
        assert sorted(taken) == sorted(seconds)
        assert declared.get("rows", len(seconds)) == len(seconds)


def walked(options: Options, answered: Callable[[Query], Answer]) -> Mapping[str, int]:
    """Drive a walk to its end; return what it declares."""
    pulled = walk(options, Partition("H26", "payments", DAY))
    request = next(pulled)
    while True:
        try:
            request = pulled.send(answered(request.query))
        except StopIteration as end:
            declared: Mapping[str, int] = end.value
            return declared


def test_a_window_names_itself() -> None:
    window = Window(DAY_START, DAY_START + timedelta(hours=1), timedelta(seconds=1))
    assert str(window) == "2026-11-20 00:00:00 to 2026-11-20 01:00:00"
