"""``hub demo``: a nation to try the hub on, on this machine, through real Airflow."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import click

from hub import airflow
from hub.cli import option, shell
from hub.cli.backfill import backfill
from hub.cli.demo_machine import Machine, machine
from hub.cli.demo_nation import Nation
from hub.cli.demo_report import report
from hub.cli.demo_view import View
from hub.cli.figures import figures
from hub.published import founding_spans

DAY = date(2026, 11, 20)
SCALE = 0.1


@click.command()
@click.option("--day", type=option.DAY, default=DAY, show_default=True, help="Ngày / nation-day.")
@click.option(
    "--scale",
    type=click.FloatRange(0.0001, 1),
    default=SCALE,
    show_default=True,
    help="Cỡ của quốc gia; 1 = số liệu 2019-2020, nạp bằng hub backfill / 1 = founding figures.",
)
@click.option("--stop", is_flag=True, help="Xong thì dừng hết / stop everything at the end.")
def demo(*, day: date, scale: float, stop: bool) -> int:
    """Chạy thử cả nước trên máy này, qua Airflow thật / a nation on this machine.

    Chạy lại thì làm tiếp, không làm gì hai lần. Ctrl-C dừng mọi thứ nó đã khởi động.
    """
    stays = not stop and sys.stdin.isatty() and os.environ.get("CI", "") not in {"1", "true"}
    with _ended_by_signals(), machine(shell.settings()) as running:
        os.environ["HUB_STATE"] = str(running.state)
        os.environ["HUB_DATABASE_URL"] = running.server.url
        code = _founding(running) if scale >= 1 else _nation_day(running, day, scale)
        if stays:
            _stay(running)
    return code


def _nation_day(running: Machine, day: date, scale: float) -> int:
    view = View()
    with view.phase("Chuẩn bị kho và hộp cát / warehouse, sandbox"):
        running.start_sandbox(scale)
        running.prepare_warehouse()
        running.start_pages()
        running.services.wait()
    with view.phase("Khởi động Airflow / starting Airflow"):
        nation = Nation(running, running.start_airflow(), day)
        nation.await_dags()
    agencies = {p.agency for p in nation.expected()}
    with view.phase(f"Ngày {day:%d/%m/%Y}: {len(agencies)} đơn vị / agencies") as tell:
        nation.run_day(tell)
    with view.phase("5 ngày hỏng của 3 đơn vị / five failing days") as tell:
        refused = nation.fail_days(tell)
    with view.phase("Chạy bù những ngày hỏng / healing them") as tell:
        nation.heal_days(tell)
    with view.phase("Kiểm định lần hai / the second judge"):
        audited = nation.audit_day()
    is_whole = report(nation, scale=scale, refused=refused, audited=audited)
    spent = "; ".join(f"{words.split(' /')[0]} {s:.1f} s" for words, s in view.seconds.items())
    click.echo(f"Thời gian / time: {spent}")
    return 0 if is_whole else 1


def _founding(running: Machine) -> int:
    """Load what the founding documents' figures speak of, in worker processes; print them.

    The days of the past are taken as they are: Sundays and Tết are far from any median.
    """
    running.start_sandbox(1, is_clean=True)
    running.prepare_warehouse()
    running.start_pages()
    running.services.wait()
    code = 0
    for feed, (first, last) in founding_spans().items():
        words = ["--feed", feed, "--from", f"{first}", "--to", f"{last}", "--missing-only", "--yes"]
        words += ["--accept-volume"]
        code |= backfill.main(words, prog_name="hub backfill", standalone_mode=False) or 0
    figures.main([], prog_name="hub figures", standalone_mode=False)
    return int(bool(code))


def _stay(running: Machine) -> None:
    """Keep everything running until Ctrl-C; an end by Ctrl-C is the right one here."""
    click.echo(f"Các trang / pages: {running.pages_url}/")
    if running.place:
        login = f"{airflow.USER} / {airflow.password(running.place)}"
        click.echo(f"Airflow: {running.place.url}  ({login})")
    click.echo(f"Hộp cát / sandbox: {running.sandbox_url}/_control/health")
    click.echo("Ctrl-C dừng tất cả / stops everything", err=True)
    try:
        while True:
            running.services.check()
            time.sleep(1)
    except KeyboardInterrupt:
        click.echo("\nĐang dừng / stopping …", err=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let TERM and HUP end the demo as Ctrl-C does: by way of every clean-up."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = [signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGHUP), before, strict=True):
            signal.signal(number, handler)
