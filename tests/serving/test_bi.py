"""A BI tool at the marts: what it is shown by reflection, and what its queries give."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, MetaData, Table, create_engine, func, inspect, select

from serving.service import Service
from warehouse.catalogue import Relation, read_catalogue


@pytest.fixture(scope="module")
def engine(reading: Service) -> Iterator[Engine]:
    """Connect as a tool does: an address, a role that only reads."""
    url = reading.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    made = create_engine(url, connect_args={"options": "-c role=hub_dashboard"})
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def shown(reading: Service) -> list[Relation]:
    with reading.snapshot() as conn:
        return [mart for mart in read_catalogue(conn).values() if mart.is_shown]


@pytest.fixture(scope="module")
def marts(engine: Engine) -> MetaData:
    """Reflect what the schema holds, views among it."""
    found = MetaData(schema="mart")
    found.reflect(engine, views=True)
    return found


def table(marts: MetaData, name: str) -> Table:
    return marts.tables[f"mart.{name}"]


def test_it_sees_every_mart_with_types_and_comments(engine: Engine, shown: list[Relation]) -> None:
    types = {
        "text": sa.Text,
        "day": sa.Date,
        "moment": sa.TIMESTAMP,
        "integer": sa.Integer,
        "decimal": sa.Numeric,
        "boolean": sa.Boolean,
    }
    seen = inspect(engine)
    for mart in shown:
        columns = {column["name"]: column for column in seen.get_columns(mart.name, schema="mart")}
        assert list(columns) == [column.name for column in mart.columns]
        for column in mart.columns:
            assert isinstance(columns[column.name]["type"], types[column.type]), column
            comment = columns[column.name]["comment"]
            assert comment is not None
            assert comment.startswith(f"{column.label_vi} / {column.label_en}")


def test_instants_bear_their_zone(engine: Engine) -> None:
    columns = inspect(engine).get_columns("partition_state", schema="mart")
    kinds = {c["name"]: c["type"] for c in columns if isinstance(c["type"], sa.TIMESTAMP)}
    assert set(kinds) == {"due_at", "applied_at"}
    assert all(kind.timezone for kind in kinds.values())


def test_tables_have_primary_keys_and_views_documented_ones(
    engine: Engine, shown: list[Relation]
) -> None:
    seen, views = inspect(engine), inspect(engine).get_view_names("mart")
    for mart in shown:
        if mart.name not in views:
            key = seen.get_pk_constraint(mart.name, schema="mart")["constrained_columns"]
            assert set(key) == set(mart.key)


def test_a_documented_key_tells_rows_apart(
    engine: Engine, marts: MetaData, shown: list[Relation]
) -> None:
    with engine.connect() as connection:
        for mart in shown:
            key = [table(marts, mart.name).c[name] for name in mart.key]
            twice = select(*key).group_by(*key).having(func.count() > 1).limit(1)
            assert connection.execute(twice).first() is None, mart.name


def test_facts_join_their_dimensions_without_losing_or_doubling_rows(
    engine: Engine, marts: MetaData
) -> None:
    flow, agencies, units = (table(marts, n) for n in ("dossier_flow", "agencies", "units"))
    procedures, days, codes = (table(marts, n) for n in ("procedures", "days", "codes"))
    joined = (
        flow.join(agencies, agencies.c.agency_id == flow.c.agency_id)
        .join(days, days.c.day == flow.c.day)
        .outerjoin(units, units.c.unit_id == flow.c.unit_id)
        .outerjoin(procedures, procedures.c.procedure_id == flow.c.procedure_id)
        .outerjoin(codes, sa.and_(codes.c.list == "channel", codes.c.code_id == flow.c.channel_id))
    )
    with engine.connect() as connection:
        alone = connection.execute(select(func.sum(flow.c.received))).scalar_one()
        beside = connection.execute(
            select(func.sum(flow.c.received)).select_from(joined)
        ).scalar_one()
    assert alone == beside > 1000


def test_views_with_names_say_what_the_marts_with_ids_say(engine: Engine, marts: MetaData) -> None:
    pairs = (
        ("dossier_flow", "dossiers_daily", "received"),
        ("payment_flow", "payments_daily", "payment_count"),
        ("document_flow", "documents_daily", "movement_count"),
    )
    with engine.connect() as connection:
        for by_id, by_name, measure in pairs:
            sums = {
                connection.execute(
                    select(func.count(), func.sum(table(marts, name).c[measure]))
                ).one()
                for name in (by_id, by_name)
            }
            assert len(sums) == 1, by_name


def test_amounts_are_whole_units_of_their_currency(engine: Engine, marts: MetaData) -> None:
    minor, named = table(marts, "payment_flow"), table(marts, "payments_daily")
    with engine.connect() as connection:
        in_minor = connection.execute(select(func.sum(minor.c.amount_minor))).scalar_one()
        rows = connection.execute(
            select(named.c.currency_code, func.sum(named.c.amount)).group_by(named.c.currency_code)
        ).all()
    assert {code for code, _ in rows} == {"VND"}
    assert [Decimal(in_minor)] == [amount for _, amount in rows]


def test_a_report_month_is_a_sum_by_the_calendar_of_days(engine: Engine, marts: MetaData) -> None:
    day, days = table(marts, "dossier_day"), table(marts, "days")
    by_calendar = (
        select(func.sum(day.c.received))
        .select_from(day.join(days, days.c.day == day.c.day))
        .where(days.c.report_month == "2026-11")
    )
    by_days = select(func.sum(day.c.received)).where(day.c.day.between("2026-10-15", "2026-11-14"))
    with engine.connect() as connection:
        told = [connection.execute(query).scalar_one() for query in (by_calendar, by_days)]
    assert told[0] == told[1] > 0


def test_figures_on_today_s_map_need_one_join(engine: Engine, marts: MetaData) -> None:
    day, agencies = table(marts, "dossier_day"), table(marts, "agencies")
    query = (
        select(agencies.c.today_code, func.sum(day.c.received))
        .select_from(day.join(agencies, agencies.c.agency_id == day.c.agency_id))
        .where(day.c.day.between("2025-06-20", "2025-06-30"))
        .group_by(agencies.c.today_code)
    )
    with engine.connect() as connection:
        codes = {code for code, _ in connection.execute(query)}
    assert "H60" in codes
    assert "H22" not in codes


def test_it_can_neither_write_nor_see_a_single_dossier(engine: Engine) -> None:
    for statement in (
        "DELETE FROM mart.dossier_flow",
        "SELECT * FROM core.dossier_change",
        "SELECT * FROM mart.dossier_state",
        "SELECT * FROM ledger.quarantine",
        "SELECT * FROM ledger.access_key",
        "SELECT file FROM ledger.signed_form",
        "SELECT figures FROM ledger.signed_form",
    ):
        with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            connection.execute(sa.text(statement))
