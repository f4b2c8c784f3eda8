"""``hub agency``: who publishes what, since when, from where."""

from collections.abc import Mapping
from datetime import date

import click

from connectors.agency import Agency
from connectors.connection import Connection
from contracts.model import load_contract
from hub.cli import option, paper, shell
from hub.registry import Registry, read_registry


@click.group()
def agency() -> None:
    """Đơn vị: danh sách, chi tiết, kiểm tra / agencies."""


@agency.command("list")
@click.option("--day", "on", type=option.DAY, help="Chỉ đơn vị tồn tại ngày này / as of a day.")
@option.AS_JSON
def list_agencies(*, on: date | None, as_json: bool) -> None:
    """Liệt kê đơn vị / list agencies."""
    registry = _registry()
    chosen = [a for a in registry.agencies.values() if on is None or a.active(on)]
    if as_json:
        paper.print_json([a.model_dump(mode="json") for a in chosen])
        return
    rows = [[a.code, a.name, a.kind, _life(a), ", ".join(a.feeds)] for a in chosen]
    paper.print_table(
        f"{len(rows)} đơn vị", ["Mã", "Tên", "Loại", "Hiệu lực", "Luồng"], rows, right=9
    )


@agency.command()
@click.argument("code")
@option.AS_JSON
def show(*, code: str, as_json: bool) -> None:
    """Một đơn vị: luồng, hệ thống, giờ, người phụ trách / one agency."""
    found = _registry().agency(code)
    if as_json:
        paper.print_json(found.model_dump(mode="json"))
        return
    click.echo(f"{found.code}  {found.name}\n  hiệu lực   {_life(found)}")
    click.echo(f"  phụ trách  {found.owner}")
    click.echo(f"  giờ        sẵn sàng {found.timetable.ready}, hạn {found.timetable.due}")
    rows = [
        [feed, found.frequency(feed), source.system, source.connection, source.contract or "–"]
        for feed, source in found.feeds.items()
    ]
    heads = ["Luồng", "Kỳ", "Hệ thống", "Kết nối", "Hợp đồng riêng"]
    paper.print_table("", heads, rows, right=9)


@agency.command()
@click.argument("code", required=False)
def check(*, code: str | None) -> int:
    """Đọc lại tệp đơn vị, hệ thống, hợp đồng, kết nối / read every file an agency needs."""
    registry = _registry()
    chosen = [registry.agency(code)] if code else list(registry.agencies.values())
    addresses = shell.addresses()
    problems = [line for found in chosen for line in _problems(found, addresses)]
    for line in problems:
        click.echo(f"✕ {line}")
    click.echo(f"{len(chosen)} đơn vị, {len(problems)} vấn đề / problems")
    if problems:
        click.echo(f"Bước tiếp / next: sửa tệp trong {registry.folder}; hub agency check", err=True)
    return 4 if problems else 0


def _problems(found: Agency, addresses: Mapping[str, Connection]) -> list[str]:
    from connectors.source import source_for, system_for  # noqa: PLC0415 - this verb reads them all
    from contracts.program import check_map  # noqa: PLC0415

    lines = []
    for feed, source in found.feeds.items():
        check_map(load_contract(feed, source.contract), system_for(found, feed).source_map)
        if source.connection in addresses:
            source_for(found, feed, addresses)
        else:
            lines.append(f"{found.code}/{feed}: kết nối {source.connection} chưa có / missing")
    return lines


def _registry() -> Registry:
    return read_registry(shell.settings().agencies)


def _life(found: Agency) -> str:
    first = f"{found.valid_from:%d/%m/%Y}" if found.valid_from else "…"
    last = f"{found.valid_to:%d/%m/%Y}" if found.valid_to else "…"
    return f"{first} – {last}"
