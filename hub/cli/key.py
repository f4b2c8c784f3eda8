"""``hub key``: keys by which systems read what is not open."""

import getpass
from datetime import date, datetime, timedelta
from typing import get_args

import click

from contracts.errors import ConfigError
from contracts.partition import ZONE
from hub.cli import option, paper, shell
from warehouse import action
from warehouse.database import Connection
from warehouse.key import Key, Scope, Wanted, list_keys, make_key, revoke_key


@click.group()
def key() -> None:
    """Khóa của hệ thống: tạo, liệt kê, thu hồi / keys of systems."""


@key.command()
@click.argument("holder")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(get_args(Scope)),
    default=("inner",),
    show_default=True,
    help="open: dữ liệu mở; inner: mọi bộ dữ liệu / what it may read.",
)
@click.option("--expires", type=option.DAY, help="Ngày dùng cuối / last day of use.")
@option.AS_JSON
def new(*, holder: str, scopes: tuple[Scope, ...], expires: date | None, as_json: bool) -> None:
    """Tạo khóa, in ra một lần / make a key; it is printed this once."""
    wanted = Wanted(
        holder=holder, scopes=scopes, made_by=getpass.getuser(), expires_at=_end_of(expires)
    )
    with shell.desk() as desk:
        key_id, secret = make_key(desk.conn(), wanted)
        _write_down(desk.conn(), key_id, {"made_for": holder, "scopes": list(scopes)})
    if as_json:
        paper.print_json({"key_id": key_id, "key": secret, "scopes": list(scopes)})
        return
    click.echo(secret)
    click.echo("Giữ kín; không in lại được / keep it; it cannot be printed again", err=True)
    click.echo('Dùng / use: curl -H "Authorization: Bearer <khóa>" …/v1', err=True)


@key.command("list")
@option.AS_JSON
def list_all(*, as_json: bool) -> None:
    """Liệt kê khóa, không có bí mật / list keys without their secrets."""
    with shell.desk() as desk:
        keys = list_keys(desk.conn())
    if as_json:
        paper.print_json([_plain(one) for one in keys])
        return
    rows = [
        [one.key_id, one.holder, ", ".join(one.scopes), _state(one), one.made_by] for one in keys
    ]
    heads = ["Khóa", "Chủ", "Phạm vi", "Trạng thái", "Người tạo"]
    paper.print_table(f"{len(rows)} khóa", heads, rows, right=9)


@key.command()
@click.argument("key_id")
def revoke(*, key_id: str) -> None:
    """Thu hồi khóa / end a key; within a minute no process takes it."""
    with shell.desk() as desk:
        if not revoke_key(desk.conn(), key_id):
            raise ConfigError(
                "Không có khóa này, hoặc đã thu hồi / no such key, or it ended before",
                code="KEY",
                seen=key_id[:20],
                action="hub key list",
            )
        _write_down(desk.conn(), key_id, {"revoked": True})
    click.echo(f"Đã thu hồi / revoked: {key_id}")


def _write_down(conn: Connection, key_id: str, detail: dict[str, object]) -> None:
    number = action.begin(conn, getpass.getuser(), "key", key_id, detail)
    action.end(conn, number, "done", {})


def _end_of(day: date | None) -> datetime | None:
    """Return the instant that a last day ends at in Viet Nam."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(1), datetime.min.time(), ZONE)


def _state(one: Key) -> str:
    if one.revoked_at:
        return f"đã thu hồi {one.revoked_at:%d/%m/%Y}"
    if not one.is_valid(shell.now()):
        return "hết hạn"
    if one.expires_at is None:
        return "dùng được"
    return f"đến hết {one.expires_at - timedelta(seconds=1):%d/%m/%Y}"


def _plain(one: Key) -> dict[str, object]:
    told = {name: getattr(one, name) for name in Key.__slots__ if name != "key_hash"}
    return {**told, "is_valid": one.is_valid(shell.now())}
