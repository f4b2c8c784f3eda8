"""For any sequence of faults that ends, each signed form is held exactly once, figures equal."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.acceptance.nation import sandbox
from tests.serving.publication import Receiver, figures_of, office, sent, signed, signing
from warehouse.database import Connection, connect
from warehouse.signed import SignedForm

NUMBERS = itertools.count(1)
WIRE = ("close", "reset", "http_500", "http_503", "http_401", "cut", "html_page", "empty_body")
SLOW = ("never_answer",)
BENT = ("receipt_digest", "receipt_repeated", "refuse_packet", "token_expired")


@dataclass(frozen=True)
class Ordered:
    """A fault: its name, whether the packet is stored before it, where and how often."""

    name: str
    is_stored: bool
    page: int
    times: int


FAULT = st.one_of(
    st.builds(
        Ordered,
        st.sampled_from(WIRE),
        st.booleans(),
        st.sampled_from([0, 0, 1, 2]),
        st.integers(1, 3),
    ),
    st.builds(Ordered, st.sampled_from(SLOW), st.booleans(), st.just(0), st.just(1)),
    st.builds(Ordered, st.sampled_from(BENT), st.just(False), st.just(0), st.integers(1, 2)),
)
COUNT = st.integers(0, 10**9)
ROW = st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT)


def row(code: str, told: Sequence[int]) -> dict[str, object]:
    """Return a balanced row of II.06a; the first part of column 3 takes up the rest."""
    early, ontime, late, intime, overdue, online, direct = told
    resolved, pending = early + ontime + late, intime + overdue
    whole = resolved + pending
    online = min(online, whole)
    direct = min(direct, whole - online)
    parts = (online, direct, whole - online - direct, resolved, early, ontime, late)
    columns = (whole, *parts, pending, intime, overdue)
    return {
        "code": code,
        "name": f"Đơn vị {code}",
        "mark": "",
        "columns": {str(number): value for number, value in enumerate(columns, 3)},
    }


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    folder: Path = tmp_path_factory.mktemp("receiver")
    with sandbox(folder, scale=0.02) as nation:
        yield Receiver(nation, folder)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with closing(connect(database_url)) as conn:
        yield conn


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    faults=st.lists(FAULT, max_size=6),
    tables=st.lists(st.lists(ROW, min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_each_signed_form_is_held_once_with_equal_figures(
    receiver: Receiver,
    conn: Connection,
    faults: list[Ordered],
    tables: list[list[Sequence[int]]],
) -> None:
    with conn, conn.cursor() as cursor:
        cursor.execute("DELETE FROM ledger.packet")
    receiver.forget()
    forms = [signed_table(conn, table) for table in tables]
    for fault in faults:
        detail = {"after": "storing"} if fault.is_stored else {}
        receiver.fault(fault.name, detail, times=fault.times, page=fault.page)
    for form in forms:
        until_held(conn, receiver, form)
    held = [h for h in receiver.received("SoLieuBaoCao") if h["is_current"]]
    assert [figures_of(h) for h in held] == [form.figures for form in forms]
    assert all(not h["replaces"] for h in receiver.received())


def signed_table(conn: Connection, table: Sequence[Sequence[int]]) -> SignedForm:
    number = next(NUMBERS)
    figures = [row(f"H{place:02}", told) for place, told in enumerate(table, 1)]
    return signed(conn, signing(figures, agency=f"H{number}", fingerprint=f"{number:064}"))


def until_held(conn: Connection, receiver: Receiver, form: SignedForm) -> None:
    """Send until the form is held, as an operator would; faults end, so this does."""
    for _ in range(40):
        done = sent(conn, receiver, form, at=office(needs_audit=False), with_refused=True)
        if done[-1].state == "acknowledged" and done[-1].kind == "status":
            return
    raise AssertionError([(p.kind, p.state, p.code, p.message) for p in done])
