"""Arguments and options that several commands share."""

from datetime import date

import click

from hub.period import Calendar, Period, parse_period, span_of_days
from warehouse.map import Basis


class Day(click.ParamType[date]):
    """A day written ``2026-11-20``."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day, or fail with what is allowed."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} không phải ngày dạng 2026-11-20 / not a day", param, ctx)


class OnMap(click.ParamType[Basis]):
    """``reported``, ``today`` or a day."""

    name = "reported|today|YYYY-MM-DD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Basis:
        """Return the basis, or fail with what is allowed."""
        match value:
            case "reported" | "today":
                return value
            case _:
                return DAY.convert(value, param, ctx)


DAY = Day()
AGENCY = click.argument("agency", metavar="AGENCY")
FEED = click.argument("feed", metavar="FEED")
ON = click.argument("day", type=DAY)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="In JSON / print JSON.")
AGENCIES = click.option("--agency", "agencies", multiple=True, help="Chỉ đơn vị này / only these.")
FEEDS = click.option("--feed", "feeds", multiple=True, help="Chỉ luồng này / only these.")
FIRST = click.option("--from", "first", type=DAY, help="Ngày đầu / first day.")
LAST = click.option("--to", "last", type=DAY, help="Ngày cuối, tính cả / last day, included.")
PERIOD = click.option("--period", help="2026-10, 2026-Q4, 2026-H1, 2026.")
MAP_HELP = "Bản đồ: như báo cáo, hôm nay, hay của một ngày / on which administrative map."
CALENDAR = click.option(
    "--calendar",
    type=click.Choice([c.value for c in Calendar]),
    default=Calendar.REPORT.value,
    show_default=True,
    help="report: 15 → 14 (NĐ 09/2019); civil: tháng dương lịch.",
)
ON_MAP = click.option(
    "--map", "basis", type=OnMap(), default="reported", show_default=True, help=MAP_HELP
)


def period_of(first: date | None, last: date | None, period: str | None, calendar: str) -> Period:
    """Return the span that either ``--from --to`` or ``--period`` names.

    Raises:
        click.UsageError: none, both, or a span that ends before it starts.
    """
    if period and (first or last):
        raise click.UsageError("chọn --period hoặc --from --to, không cả hai / one of them")
    if period:
        return parse_period(period, Calendar(calendar))
    if not first or not last:
        raise click.UsageError("cần --from và --to, hoặc --period / name the days")
    if last < first:
        raise click.UsageError("--to phải không trước --from / the span ends before it starts")
    return span_of_days(first, last)
