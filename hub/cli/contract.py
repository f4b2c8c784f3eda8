"""``hub contract``: what is agreed, what a new version breaks, overlays, how sources drift."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from contracts.change import breaking
from contracts.document import document
from contracts.errors import ConfigError
from contracts.layer import build as build_layer
from contracts.model import Contract, feeds, load_contract, names, versions
from contracts.overlay import overlays
from contracts.partition import ZONE
from contracts.provider_schema import provider_schema
from hub.cli import option, paper, shell
from hub.drift import Drift
from hub.drift import drift as read_drift

NAME = click.option("--name", default="", help="Hợp đồng riêng / an agency's own contract.")
VERSION = click.option("--version", "version", default="", help="Phiên bản / version.")
CHANGES = {"new": "mới / new", "missing": "mất / missing"}


@click.group()
def contract() -> None:
    """Hợp đồng dữ liệu: danh sách, nội dung, thay đổi, lệch cấu trúc / data contracts."""


@contract.command("list")
@option.AS_JSON
def list_contracts(*, as_json: bool) -> None:
    """Liệt kê hợp đồng / list contracts."""
    layered = {(place.feed, place.name, place.version) for place in overlays()}
    found = [
        load_contract(feed, name, version)
        for feed in feeds()
        for name in names(feed)
        for version in versions(feed, name)
    ]
    if as_json:
        paper.print_json([_plain(one, layered) for one in found])
        return
    rows = [
        [
            one.id,
            one.title_vi,
            one.frequency,
            str(len(one.fields)),
            ", ".join(one.key),
            "có" if (one.feed, one.name, one.version) in layered else "–",
        ]
        for one in found
    ]
    heads = ["Hợp đồng", "Tên", "Kỳ", "Trường", "Khóa", "Siết thêm"]
    paper.print_table(f"{len(rows)} hợp đồng", heads, rows, right=9)


def _plain(one: Contract, layered: set[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "id": one.id,
        "feed": one.feed,
        "name": one.name,
        "version": one.version,
        "title": one.title_vi,
        "frequency": one.frequency,
        "key": one.key,
        "fields": [field.name for field in one.fields],
        "is_overlay": (one.feed, one.name, one.version) in layered,
    }


@contract.command()
@option.FEED
@NAME
@VERSION
def show(*, feed: str, name: str, version: str) -> None:
    """Một hợp đồng cho người đọc, dạng Markdown / one contract for people."""
    click.echo(document(load_contract(feed, name, version)))


@contract.command()
@option.FEED
@NAME
@VERSION
@click.option("--day", "on", type=option.DAY, help="Danh mục của ngày này / lists of a day.")
def schema(*, feed: str, name: str, version: str, on: date | None) -> None:
    """JSON Schema cho bên cung cấp kiểm trước khi gửi / provider schema of one row."""
    found = load_contract(feed, name, version)
    paper.print_json(provider_schema(found, on or shell.now().date()))


@contract.command()
@option.FEED
@NAME
@click.option("--old", default="", help="Phiên bản cũ / the older version.")
@click.option("--new", default="", help="Phiên bản mới / the newer version.")
@option.AS_JSON
def diff(*, feed: str, name: str, old: str, new: str, as_json: bool) -> int:
    """Phiên bản mới làm hỏng gì của phiên bản cũ / what a new version breaks."""
    newer = load_contract(feed, name, new)
    older = _older(newer, old)
    found = breaking(older, newer)
    if as_json:
        paper.print_json({"old": older.id, "new": newer.id, "breaking": found})
    else:
        click.echo(f"{older.id} → {newer.id}")
        for line in found:
            click.echo(f"  ✕ {line}")
        click.echo(f"{len(found)} thay đổi làm hỏng / breaking changes")
    is_minor = older.name == newer.name and _major(older) == _major(newer)
    if not found or not is_minor:
        return 0
    click.echo("Bước tiếp / next: tăng số phiên bản chính / take a new major version", err=True)
    return 1


def _older(newer: Contract, version: str) -> Contract:
    """Return what a contract is held against: the version before it, or the national contract.

    Raises:
        ConfigError: there is nothing before it.
    """
    known = versions(newer.feed, newer.name)
    before = known[: known.index(newer.version)]
    if version or before:
        return load_contract(newer.feed, newer.name, version or before[-1])
    if newer.name:
        return load_contract(newer.feed)
    raise ConfigError(
        "Hợp đồng này chưa có phiên bản trước / there is no version before it",
        where=newer.id,
        seen=newer.version,
        action="hub contract list",
    )


def _major(one: Contract) -> str:
    return one.version.partition(".")[0]


@contract.command()
@click.option("--check", "only_check", is_flag=True, help="Chỉ kiểm, không ghi / write nothing.")
def build(*, only_check: bool) -> int:
    """Dựng hợp đồng riêng từ tệp siết thêm / write what overlays come to."""
    stale = 0
    for place in overlays():
        kept, text = Path(str(place.folder)) / "contract.yaml", build_layer(place)
        is_current = kept.exists() and kept.read_text(encoding="utf-8") == text
        stale += not is_current
        if not is_current and not only_check:
            kept.write_text(text, encoding="utf-8")
        words = (
            "đúng / current" if is_current else "cũ / stale" if only_check else "đã ghi / written"
        )
        click.echo(f"{place.feed}/{place.name}-{place.version}: {words}")
    if stale and only_check:
        click.echo("Bước tiếp / next: hub contract build", err=True)
    return int(bool(stale) and only_check)


@contract.command()
@option.AGENCIES
@option.FEEDS
@option.AS_JSON
def drift(*, agencies: tuple[str, ...], feeds: tuple[str, ...], as_json: bool) -> None:
    """Sổ lệch cấu trúc: trường mới, trường mất, từ bao giờ / the drift log."""
    chosen = [code.upper() for code in agencies]
    with shell.desk() as desk:
        found = read_drift(desk.registry, desk.conn(), agencies=chosen, feeds=feeds)
    if as_json:
        paper.print_json([asdict(one) for one in found])
        return
    heads = ["Đơn vị", "Luồng", "Đổi", "Trường", "Gần nhất", "Dữ liệu", "Gặp từ", "Gặp đến"]
    lines = [list(_cells(one)) for one in found]
    paper.print_table(f"{len(found)} trường lệch / drifted fields", heads, lines, right=9)


def _cells(one: Drift) -> Iterator[str]:
    yield from (one.agency, one.feed, CHANGES[one.change], one.field, one.nearest or "–")
    yield f"{one.first_day:%d/%m/%Y} – {one.last_day:%d/%m/%Y}"
    yield from map(_moment, (one.first_at, one.last_at))


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%H:%M, %d/%m/%Y}" if at else "–"
