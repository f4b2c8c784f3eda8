"""What holds for every day, however dirty."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import moment
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.key import hash_key
from contracts.model import load_contract
from contracts.packed import Packed
from contracts.page import BrokenRow, Page
from contracts.partition import Partition
from contracts.verdict import Factor, Judged
from tests.contracts.example import own_map

DAY = date(2026, 11, 20)
CONTRACT = load_contract("dossiers")

_codes = st.sampled_from([f"000.00.19.H26-261118-{n:04d}" for n in range(12)] + ["x", "", None, 7])
_instants = st.sampled_from(
    [
        None,
        "",
        0,
        True,
        "2026-11-18T02:00:00.000+0000",
        "2026-11-19T20:00:00Z",
        "2026-11-20T03:30:00.000+0000",
        "2026-02-30T00:00:00.000+0000",
        "0001-01-01T00:00:00.000+0000",
        "2026-11-20T03:30:00.123+0700",
        "2026-11-20\n03:30:00.000+0000",
        "\x7f026-11-18T02:00:00.000+0000",
    ]
)
_rows = st.fixed_dictionaries(
    {
        "dossier_code": _codes,
        "procedure_code": st.sampled_from(["1.004873", "1.00487", None]),
        "unit_code": st.sampled_from(["H26.19", "000.00.19.H26", "H63", "\u200bH26", 1, True]),
        "status": st.sampled_from(["processing", "finished", "registered", "?", 1, None]),
        "channel": st.sampled_from(["online", "direct", None]),
        "received_at": _instants,
        "finished_at": _instants,
        "updated_at": _instants,
    }
)


def judge(rows: Sequence[dict[str, Any]], size: int = 1000, broken: bool = False) -> Judged:
    lists = CodeLists.load(DAY)
    own = Judge(CONTRACT, own_map(CONTRACT), Partition("H26", "dossiers", DAY), lists)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        columns = {name: [row[name] for row in part] for name in part[0]}
        marks = (BrokenRow(0, "CSV-WIDTH", "1 column"),) if broken else ()
        own.page(Page(rows=len(part), columns=columns, broken=marks))
    return own.close({})


def content(judged: Judged) -> set[tuple[object, ...]]:
    """Return the loaded rows as texts, without the numbers of their rows."""
    columns = []
    for name, column in sorted(judged.frame.columns.items()):
        if isinstance(column, Factor):
            columns.append([column.values[c] if c >= 0 else None for c in column.codes])
        elif name != "row_number":
            columns.append(column.tolist())
    return set(zip(*columns, strict=True))


def reasons(judged: Judged) -> list[tuple[int, list[str]]]:
    return [(q.row_number, [f"{v.rule} {v.code}" for v in q.violations]) for q in judged.quarantine]


_days = st.lists(_rows, max_size=40)


@given(_days, st.integers(1, 7), st.booleans())
def test_received_is_loaded_and_quarantined_and_duplicates(
    rows: list[dict[str, Any]], size: int, broken: bool
) -> None:
    judged = judge(rows, size, broken)
    counts = judged.counts
    assert counts.received == len(rows)
    assert counts.received == counts.loaded + counts.quarantined + counts.duplicates
    assert judged.frame.rows == counts.loaded
    assert all(
        len(c.codes if isinstance(c, Factor) else c) == counts.loaded
        for c in judged.frame.columns.values()
    )
    assert bool(judged.reasons) == (judged.outcome == "reject")
    if not judged.reasons:
        assert len(judged.quarantine) == counts.quarantined


@given(_days, st.integers(1, 7))
def test_judging_twice_and_in_other_pages_says_the_same(
    rows: list[dict[str, Any]], size: int
) -> None:
    first, second = judge(rows), judge(rows, size)
    assert content(first) == content(second)
    assert reasons(first) == reasons(second)
    assert first.rules == second.rules


_good = st.fixed_dictionaries(
    {
        "dossier_code": st.sampled_from([f"000.00.19.H26-261118-{n:04d}" for n in range(30)]),
        "procedure_code": st.just("1.004873"),
        "unit_code": st.sampled_from(["H26.19", "000.00.19.H26"]),
        "status": st.just("processing"),
        "channel": st.sampled_from(["online", "online", "online", "direct"]),
        "received_at": st.just("2026-11-18T02:00:00.000+0000"),
        "updated_at": st.just("2026-11-20T03:30:00.000+0000"),
    }
)


@given(st.lists(_good, max_size=60).flatmap(lambda r: st.tuples(st.just(r), st.permutations(r))))
def test_the_order_of_rows_is_irrelevant_for_what_loads(
    both: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    first, second = (judge(rows) for rows in both)
    assert content(first) == content(second)
    assert first.counts == second.counts


_FIRST = datetime(1970, 1, 1)  # noqa: DTZ001 - zones are added by the test
_LAST = datetime(2069, 12, 31)  # noqa: DTZ001
_moments = st.datetimes(_FIRST, _LAST).map(
    lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)
)


@settings(deadline=None)
@given(st.lists(_moments, min_size=1, max_size=50), st.integers(-12, 14))
def test_a_column_of_instants_is_computed_as_its_texts_are_read(
    moments: list[datetime], hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    texts = [m.replace(tzinfo=zone).isoformat(timespec="milliseconds") for m in moments]
    shape = moment.shape_of("2026-11-20T03:30:00.123" + texts[0][-6:], "iso")
    assert shape is not None
    cells, _ = Packed.of(texts).tokens.lines(shape.size)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [(m.replace(tzinfo=zone) - epoch) // timedelta(microseconds=1) for m in moments]
    assert moment.compute(cells, shape).tolist() == expected
    assert [moment.read_instant(text, "iso") for text in texts] == expected


@given(st.text(st.characters(codec="ascii"), min_size=28, max_size=28))
def test_no_text_is_an_instant_to_the_column_and_none_to_the_reader(text: str) -> None:
    shape = moment.shape_of("2026-11-20T03:30:00.000+0000", "iso")
    assert shape is not None
    cells, _ = Packed.of([text]).tokens.lines(shape.size)
    (found,) = moment.compute(cells, shape).tolist()
    read = moment.read_instant(text, "iso")
    assert found in {moment.BAD, read}


@given(st.lists(st.text(max_size=5), max_size=20))
def test_a_key_is_that_of_its_texts(texts: list[str]) -> None:
    single = hash_key([texts])
    assert hash_key([texts, texts]).tolist() == hash_key([[f"{t}\x1f{t}" for t in texts]]).tolist()
    assert len(set(single.tolist())) == len(set(texts))
