"""BAD_INPUT row 67: days as workbooks count them, by declaration only."""

from datetime import UTC, date, datetime

import pytest

from contracts.moment import read_instant, shape_of, write_instant


def local(text: str) -> int:
    return int(datetime.fromisoformat(text + "+07:00").astimezone(UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("1", "serial", "1900-01-01T00:00"),
        ("59", "serial", "1900-02-28T00:00"),
        ("61", "serial", "1900-03-01T00:00"),
        ("43831", "serial", "2020-01-01T00:00"),
        ("43831.5", "serial", "2020-01-01T12:00"),
        ("43831.3541666667", "serial", "2020-01-01T08:30"),
        ("0", "serial1904", "1904-01-01T00:00"),
        ("42369", "serial1904", "2020-01-01T00:00"),
    ],
)
def test_row_67_a_serial_is_the_day_of_its_declared_count(text: str, form: str, day: str) -> None:
    assert read_instant(text, form) == local(day)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("60", "DATE"),
        ("0", "DATE"),
        ("9999999", "DATE"),
        ("-1", "DATE-FORMAT"),
        ("43,831", "DATE-FORMAT"),
        ("1e5", "DATE-FORMAT"),
        ("01/01/2020", "DATE-FORMAT"),
    ],
)
def test_row_67_a_serial_that_is_no_day_says_why(text: str, code: str) -> None:
    assert read_instant(text, "serial") == code


def test_row_67_a_serial_is_not_read_where_a_pattern_is_declared() -> None:
    assert read_instant("43831", "dd/MM/yyyy") == "DATE-FORMAT"
    assert read_instant("43831", "iso", day_only=True) == "DATE-FORMAT"
    assert shape_of("43831", "serial") is None


@pytest.mark.parametrize("form", ["dd/MM/yyyy", "iso", "serial", "serial1904", "yyyyMMddHHmmss"])
def test_a_day_of_a_workbook_is_written_as_its_format_reads_it(form: str) -> None:
    day = datetime(2020, 4, 30, 8, 15, 30)  # noqa: DTZ001 - local by definition
    meant = local("2020-04-30T00:00" if form == "dd/MM/yyyy" else "2020-04-30T08:15:30")
    assert read_instant(write_instant(day, form), form, day_only=True) == meant


@pytest.mark.parametrize("form", ["dd/MM/yyyy", "iso", "serial"])
def test_row_67_the_day_that_never_was_is_no_day_in_any_format(form: str) -> None:
    assert read_instant(write_instant(date(1900, 2, 28), form), form, day_only=True) == "DATE"
    assert isinstance(
        read_instant(write_instant(date(1900, 2, 27), form), form, day_only=True), int
    )
