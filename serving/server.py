"""The web server: listens, and hands every worker process its own service."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Event, Thread

import click
import uvicorn
from fastapi import FastAPI

from contracts.errors import HubError
from contracts.partition import ZONE
from hub.desk import open_desk
from hub.expected import expect_until
from hub.settings import PREFIX, Settings, read_settings
from serving.access import access_for
from serving.app import create_app
from serving.service import new_service

SWITCH_SECONDS = 0.001
"""How long a thread that works a page out keeps the others from telling kept answers."""
EXPECT_SECONDS = 3600.0
JOIN_SECONDS = 10.0


def serve_http(settings: Settings, url: str, *, workers: int = 1) -> int:
    """Serve until Ctrl-C or TERM.

    Args:
        settings: where to listen, and how people are known.
        url: address of the warehouse.
        workers: processes; each has its own connections and kept answers.

    Raises:
        ConfigError: nobody could be told apart at that address.
    """
    access_for(settings)  # say so before anything listens
    with socket.create_server((settings.serve_host, settings.serve_port)) as listening:
        host, port = listening.getsockname()[:2]
        click.echo(f"http://{host}:{port}/")
        _hand_down(settings, url)
        config = uvicorn.Config(
            "serving.server:app",
            factory=True,
            workers=workers,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        with expecting(settings, url):
            if workers == 1:
                uvicorn.Server(config).run(sockets=[listening])
            else:
                from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - only for several

                Multiprocess(config, [listening]).run()
    return 0


@contextmanager
def expecting(settings: Settings, url: str) -> Iterator[None]:
    """Keep the expected set up to date while pages are served.

    Runs write it down, too; but where none ran, nobody would have said that a day is missing.
    """
    stopped = Event()

    def keep() -> None:
        with open_desk(settings, url) as desk:
            while True:
                with suppress(HubError):  # asked again in an hour; the pages say what is wrong
                    expect_until(desk, datetime.now(ZONE))
                if stopped.wait(EXPECT_SECONDS):
                    return

    keeper = Thread(target=keep, name="expecting", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopped.set()
        keeper.join(JOIN_SECONDS)


def app() -> FastAPI:
    """Return the application of this process, from its environment."""
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = read_settings(os.environ)
    return create_app(new_service(settings, settings.database_url, access_for(settings)))


def _hand_down(settings: Settings, url: str) -> None:
    """Put the settings where worker processes read them."""
    os.environ[f"{PREFIX}DATABASE_URL"] = url
    os.environ[f"{PREFIX}SERVE_HOST"] = settings.serve_host
    os.environ[f"{PREFIX}SERVE_PORT"] = str(settings.serve_port)
