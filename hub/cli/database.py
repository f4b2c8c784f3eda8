"""``hub database``: the embedded PostgreSQL server of this machine."""

import os
from pathlib import Path

import click

from contracts.errors import ConfigError
from hub.cli import option, paper, shell
from warehouse import embedded


@click.group()
def database() -> None:
    """Máy chủ PostgreSQL kèm theo / the embedded server."""


@database.command()
def start() -> None:
    """Khởi động (nếu chưa chạy) / start it where it is not running."""
    server = embedded.start(_folder())
    click.echo(f"PostgreSQL đang chạy / running: 127.0.0.1:{server.port} (pid {server.pid})")


@database.command()
def stop() -> None:
    """Dừng gọn và chờ đến khi dừng hẳn / stop it and wait until it is gone."""
    folder = _folder()
    if not _is_running(folder):
        click.echo("PostgreSQL không chạy / not running")
        return
    embedded.start(folder).stop()  # joins the running server
    click.echo("PostgreSQL đã dừng / stopped")


@database.command()
@option.AS_JSON
def status(*, as_json: bool) -> None:
    """Đang chạy hay không / whether it is running."""
    folder = _folder()
    server = embedded.start(folder) if _is_running(folder) else None
    if as_json:
        told = {"port": server.port, "pid": server.pid} if server else {}
        paper.print_json({"running": server is not None, **told})
        return
    where = f"127.0.0.1:{server.port} (pid {server.pid})" if server else "không chạy / not running"
    click.echo(f"PostgreSQL: {where}")


@database.command()
def url() -> None:
    """In địa chỉ, có mật khẩu / print the address; it holds the password."""
    click.echo(shell.url())


def _folder() -> Path:
    settings = shell.settings()
    if settings.database_url:
        raise ConfigError(
            "HUB_DATABASE_URL trỏ tới máy chủ khác, không phải máy chủ kèm theo / not ours",
            code="DATABASE-EXTERNAL",
            where="HUB_DATABASE_URL",
            action="hub doctor",
        )
    return settings.state_folder


def _is_running(folder: Path) -> bool:
    """Tell whether the process that the server's pid file names is alive."""
    pidfile = folder / "postgres" / "data" / "postmaster.pid"
    try:
        os.kill(int(pidfile.read_text().split("\n", 1)[0]), 0)
    except (OSError, ValueError):
        return False
    return True
