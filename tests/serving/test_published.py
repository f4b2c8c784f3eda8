"""Published cuts of the small nation: what is told, what is refused, and what nobody works out."""

from collections.abc import Hashable, Iterator
from datetime import date

import pytest

from contracts.errors import ConfigError
from serving.disclosure import SMALL
from serving.published import (
    PublishedRows,
    check_months,
    months,
    published_tables,
    read_published,
)
from serving.service import Service
from tests.serving.attacker import Attacker, Sum
from tests.serving.nation import NOW
from warehouse.database import Connection
from warehouse.figures import form_06a
from warehouse.indicator import compute
from warehouse.map import Basis
from warehouse.published import BEFORE_MERGER, leaves

TODAY = NOW.date()
JUNE = (date(2025, 6, 1), date(2025, 6, 30))
JULY = (date(2025, 7, 1), date(2025, 7, 31))
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


@pytest.fixture
def conn(reading: Service) -> Iterator[Connection]:
    with reading.snapshot() as connection:
        yield connection


def read(
    conn: Connection, name: str, span: tuple[date, date], basis: Basis = "reported"
) -> PublishedRows:
    return read_published(conn, name, *span, basis, today=TODAY)


def test_a_table_tells_what_form_06a_tells_wherever_it_is_open(conn: Connection) -> None:
    told = {row[1]: row for row in read(conn, "dossiers_by_agency", OCTOBER).rows}
    form = {row.agency: row for row in form_06a(conn, *OCTOBER)}
    assert set(told) == {code for code, row in form.items() if row.received_total}
    checked = 0
    for code, (_, _, received, online, resolved, late, pending, _) in told.items():
        row = form[str(code)]
        pairs = (
            (received, row.received_online + row.received_direct_postal),
            (online, row.received_online),
            (resolved, row.resolved_total),
            (late, row.resolved_late),
            (pending, row.pending_total),
        )
        for mine, theirs in pairs:
            assert mine in {None, theirs}
            checked += mine is not None
    assert checked >= 5


def test_no_count_of_1_to_9_is_told_anywhere(conn: Connection) -> None:
    for name, table in published_tables().items():
        if name == "indicators_by_level":
            continue
        for span in (JUNE, JULY, OCTOBER):
            for row in read(conn, name, span).rows:
                counts = row[len(table.dimensions) : -1]
                assert not any(isinstance(one, int) and 0 < one < SMALL for one in counts)
                assert row[-1] == ("C" if None in counts else "A")


def test_every_figure_comes_with_its_coverage(conn: Connection) -> None:
    covered = read(conn, "dossiers_by_agency", OCTOBER).coverage
    assert covered.expected >= covered.covered > 0


@pytest.mark.parametrize(
    ("span", "basis", "code"),
    [
        ((date(2026, 10, 1), date(2026, 10, 30)), "reported", "MONTH"),
        ((date(2026, 10, 2), date(2026, 10, 31)), "reported", "MONTH"),
        ((date(2026, 11, 1), date(2026, 11, 30)), "reported", "MONTH"),
        (OCTOBER, BEFORE_MERGER, "MAP"),
        (JUNE, date(2020, 1, 1), "MAP"),
    ],
)
def test_other_spans_and_maps_are_refused(
    conn: Connection, span: tuple[date, date], basis: Basis, code: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(conn, "dossiers_by_agency", span, basis)
    assert refused.value.code == code
    assert refused.value.allowed


def test_a_table_that_is_not_published_is_refused_by_name(conn: Connection) -> None:
    with pytest.raises(ConfigError, match="dossiers_by_agency_field"):
        read(conn, "dossiers_by_unit", OCTOBER)


def test_a_month_is_told_two_weeks_after_it_ended() -> None:
    with pytest.raises(ConfigError):
        check_months(*OCTOBER, date(2026, 11, 14))
    check_months(*OCTOBER, date(2026, 11, 15))


@pytest.mark.parametrize("span", [JUNE, JULY, OCTOBER])
def test_a_share_of_few_or_of_closed_counts_is_closed(
    conn: Connection, span: tuple[date, date]
) -> None:
    levels = {row[1]: row for row in read(conn, "dossiers_by_level", span).rows}
    closed = {level for level, row in levels.items() if None in {row[4], row[5]}}
    counts = {(row.indicator, row.level): row for row in compute(conn, *span)}
    for _, code, level, value, status in read(conn, "indicators_by_level", span).rows:
        assert (value is None) == (status == "C")
        if value is None or code not in {"ontime_counted_share", "online_payment_share"}:
            continue
        row = counts[code, level]  # type: ignore[index]
        assert row.numerator is not None
        assert row.denominator is not None
        for count in (row.numerator, row.denominator, row.denominator - row.numerator):
            assert count == 0 or count >= SMALL
        assert code != "ontime_counted_share" or level not in closed


def test_the_country_s_share_is_closed_where_a_level_s_is(conn: Connection) -> None:
    rows = [
        row
        for span in (JUNE, JULY, OCTOBER)
        for row in read(conn, "indicators_by_level", span).rows
    ]
    closed = {(row[0], row[1]) for row in rows if row[-1] == "C"}
    assert closed
    assert all((*key, "all", None, "C") in rows for key in closed)


class Reader:
    """An attacker who reads every row of every table, month and map."""

    def __init__(self, conn: Connection, spans: list[tuple[date, date]]) -> None:
        self.attacker = Attacker()
        self.targets: dict[Hashable, Sum] = {}
        self.fields: dict[str, set[str]] = {}
        tables = {
            (name, span, basis): read(conn, name, span, basis).rows
            for name in published_tables()
            if name.startswith(("dossiers", "payments", "documents"))
            for span in spans
            for basis in ("reported", "today", BEFORE_MERGER)
            if basis != BEFORE_MERGER or span[1] <= BEFORE_MERGER
        }
        # Everybody may know which code stands for which on a map.
        seen = {
            row[1] for (name, _, _), rows in tables.items() if "_by_agency" in name for row in rows
        }
        self.leaves = sorted(
            {
                (one.code, one.level, one.today, one.before)
                for one in leaves(conn, TODAY)
                if one.code in seen
            }
        )
        for (name, _, _), rows in tables.items():
            if len(rows) and len(rows[0]) and "_field" in name:
                self.fields.setdefault("dossiers", set()).update(str(row[-4]) for row in rows)
            elif not name.startswith("dossiers"):
                self.fields.setdefault(name.split("_")[0], set()).update(str(r[2]) for r in rows)
        for (name, span, basis), rows in tables.items():
            self._read(name, f"{span[0]:%Y-%m}", basis, rows)
        for first, _ in months(spans[0][0], spans[-1][1]):
            self._balance(f"{first:%Y-%m}")

    def _read(self, name: str, month: str, basis: object, rows: list[tuple[object, ...]]) -> None:
        table = published_tables()[name]
        size = len(table.dimensions)
        told = {row[1:size]: dict(zip(table.measures, row[size:-1], strict=True)) for row in rows}
        for place in self._places(name, basis):
            for measure in table.measures:
                value = told.get(place, {}).get(measure, 0)
                unknowns = self._unknowns(name, month, basis, place, measure.name)
                if value is None:
                    target = (name, month, basis, place, measure.name)
                    self.targets[target] = dict.fromkeys(unknowns, 1)
                else:
                    assert isinstance(value, int)
                    self.attacker.learn(unknowns, value)

    def _groups(self, name: str, basis: object) -> dict[str, list[tuple[str, ...]]]:
        if "_by_agency" in name:
            at = {"reported": 0, "today": 2}.get(str(basis), 3)
        elif "_by_level" in name:
            at = 1
        else:
            return {"": list(self.leaves)}
        groups: dict[str, list[tuple[str, ...]]] = {}
        for leaf in self.leaves:
            groups.setdefault(leaf[at], []).append(leaf)
        return groups | ({"all": list(self.leaves)} if at == 1 else {})

    def _places(self, name: str, basis: object) -> list[tuple[str, ...]]:
        groups: list[tuple[str, ...]] = [
            (code,) if code else () for code in self._groups(name, basis)
        ]
        if name in {"dossiers_by_agency", "dossiers_by_level"}:
            return groups
        fields = sorted(self.fields[name.split("_", maxsplit=1)[0]])
        return [(*group, field) for group in groups for field in fields]

    def _unknowns(
        self, name: str, month: str, basis: object, place: tuple[str, ...], measure: str
    ) -> list[Hashable]:
        feed = name.split("_", maxsplit=1)[0]
        groups = self._groups(name, basis)
        members = groups[""] if "" in groups else groups[place[0]]
        if measure == "pending":
            return [("pending", month, leaf) for leaf in members]
        is_total = name in {"dossiers_by_agency", "dossiers_by_level"}
        fields = self.fields[feed] if is_total else {place[-1]}
        parts = {
            "received": ("online", "other"),
            "received_online": ("online",),
            "resolved": ("late", "in_time"),
            "resolved_late": ("late",),
        }.get(measure, (measure,))
        return [(part, month, leaf, f) for part in parts for leaf in members for f in fields]

    def _balance(self, month: str) -> None:
        year, number = (int(part) for part in month.split("-"))
        before = f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"
        signs = {"online": 1, "other": 1, "late": -1, "in_time": -1}
        for leaf in self.leaves:
            balance: dict[Hashable, int] = {
                (part, month, leaf, field): sign
                for part, sign in signs.items()
                for field in self.fields["dossiers"]
            }
            balance |= {("pending", before, leaf): 1, ("pending", month, leaf): -1}
            self.attacker.learn_sum(balance, 0)


@pytest.mark.parametrize("spans", [[JUNE, JULY], [OCTOBER]])
def test_a_reader_of_every_table_month_and_map_works_out_no_closed_cell(
    conn: Connection, spans: list[tuple[date, date]]
) -> None:
    reader = Reader(conn, spans)
    assert len(reader.targets) > 20
    assert reader.attacker.recovers(reader.targets) == set()
    assert reader.attacker.squeezes(reader.targets, SMALL) == {}
