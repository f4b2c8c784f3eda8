"""Findings: what the doctor saw, whether it is well, and what to do where it is not."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography import x509

from connectors.connection import load_connections
from contracts.errors import ConfigError, HubError
from contracts.model import feeds, load_contract, names
from hub.desk import database_url
from hub.registry import read_registry
from hub.settings import Settings, unknown_settings
from warehouse.archive import Archive
from warehouse.database import connect, read_snapshot

EXPIRY_DAYS = 30
"""A client certificate that ends within so many days is told."""
FREE_BYTES = 2 << 30
"""Below two gibibytes free, a large backfill may fill the disk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: what was looked at, Vietnamese first.
        well: whether it is as it should be.
        seen: what was met; never a secret.
        step: command or act that helps, where it is not well.
    """

    name: str
    well: bool
    seen: str
    step: str = ""


def examine(settings: Settings, environ: Mapping[str, str], today: date) -> Iterator[Finding]:
    """Yield findings in the order in which they should be mended."""
    yield _variables(environ)
    yield from _guarded("Thư mục trạng thái / state folder", lambda: _state(settings))
    yield from _guarded("Hợp đồng / contracts", _contracts)
    yield from _guarded("Đơn vị / agencies", lambda: _agencies(settings, today))
    yield from _guarded("Kết nối / connections", lambda: _connections(settings, today))
    yield from _guarded("Chứng thư của ta / our certificates", lambda: _certificates(settings))
    yield from _guarded("Kho gốc / archive", lambda: _archive(settings))
    yield from _guarded("Cơ sở dữ liệu / database", lambda: _database(settings))


def _guarded(name: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    """Turn an error of ours into a finding, so that one fault does not hide the next."""
    try:
        yield look()
    except HubError as error:
        told = " ".join(part for part in (error.what, error.where, error.seen) if part)
        yield Finding(name, well=False, seen=f"[{error.code}] {told}", step=error.action)


def _variables(environ: Mapping[str, str]) -> Finding:
    strange = unknown_settings(environ)
    told = ", ".join(f"{n} (ý là / meant {m}?)" if m else n for n, m in strange.items())
    return Finding(
        "Biến môi trường / variables",
        well=not any(strange.values()),
        seen=told or "HUB_* đều hiểu được / all understood",
        step="sửa hoặc bỏ biến / correct or unset it" if strange else "",
    )


def _state(settings: Settings) -> Finding:
    folder = settings.state_folder
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    return Finding(
        "Thư mục trạng thái / state folder",
        well=writable and free > FREE_BYTES,
        seen=f"{folder}, còn trống / free {free >> 30} GiB",
        step="" if writable and free > FREE_BYTES else "giải phóng đĩa hoặc đặt HUB_STATE",
    )


def _contracts() -> Finding:
    read = [load_contract(feed, name) for feed in feeds() for name in names(feed)]
    return Finding(
        "Hợp đồng / contracts", well=bool(read), seen=", ".join(contract.id for contract in read)
    )


def _agencies(settings: Settings, today: date) -> Finding:
    registry = read_registry(settings.agencies)
    owed = registry.expected(today)
    return Finding(
        "Đơn vị / agencies",
        well=bool(registry.agencies),
        seen=f"{len(registry.agencies)} tệp / files, {len(owed)} luồng hôm nay / feeds today",
    )


def _connections(settings: Settings, today: date) -> Finding:
    path = settings.connections_file
    if not path.exists():
        return Finding(
            "Kết nối / connections",
            well=False,
            seen=f"{path} chưa có / missing",
            step="viết tệp này hoặc đặt HUB_CONNECTIONS; hub demo tự viết / write it",
        )
    known = load_connections(path)
    registry = read_registry(settings.agencies)
    needed = {
        feed.connection
        for agency in registry.agencies.values()
        for feed in agency.feeds.values()
        if agency.active(today) and feed.active(today)
    }
    missing = sorted(needed - set(known))
    return Finding(
        "Kết nối / connections",
        well=not missing,
        seen=f"{len(known)} có / known; thiếu / missing: {', '.join(missing[:5]) or '0'}",
        step=f"thêm vào / add to {path}" if missing else "",
    )


def _certificates(settings: Settings) -> Finding:
    """Find the client certificate that ends first, 30 days before a source refuses it."""
    path = settings.connections_file
    known = load_connections(path) if path.exists() else {}
    left = sorted((_days_left(c.certificate), n) for n, c in known.items() if c.certificate)
    well = not left or left[0][0] >= EXPIRY_DAYS
    ending = ", ".join(f"{name} {days}" for days, name in left[:5])
    return Finding(
        "Chứng thư của ta / our certificates",
        well=well,
        seen=f"số ngày còn lại / days left: {ending}" if left else "không dùng / none used",
        step="" if well else f"gia hạn chứng thư / renew the certificate of {left[0][1]}",
    )


def _days_left(path: Path) -> int:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            "Không đọc được chứng thư / the certificate cannot be read",
            where=str(path),
            seen=type(error).__name__,
        ) from error
    return (certificate.not_valid_after_utc - datetime.now(UTC)).days


def _archive(settings: Settings) -> Finding:
    archive = Archive(settings.archive)
    archive.files.makedirs(archive.root, exist_ok=True)
    return Finding(
        "Kho gốc / archive",
        well=True,
        seen=archive.root if archive.is_local else "kho đối tượng / object store",
    )


def _database(settings: Settings) -> Finding:
    with closing(connect(database_url(settings))) as conn, read_snapshot(conn) as cursor:
        cursor.execute("SELECT current_setting('server_version'), to_regclass('ledger.run')")
        version, run_table = cursor.fetchone() or ("", None)
    return Finding(
        "Cơ sở dữ liệu / database",
        well=run_table is not None,
        seen=f"PostgreSQL {version}",
        step="" if run_table else "hub init",
    )
