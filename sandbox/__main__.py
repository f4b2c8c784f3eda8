"""Run the simulated nation: ``python -m sandbox --port 8600 --secrets var/secrets``."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.auth import Guard
from sandbox.control import Control
from sandbox.fault import Faults
from sandbox.http import Handler, Request, Response, Stunt, listen
from sandbox.nation import SCALE, Nation
from sandbox.pack import Packer
from sandbox.page import problem
from sandbox.press import Press
from sandbox.receiver import ACCOUNT, Receiver
from sandbox.serve import Systems


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--scale", type=float, default=SCALE, help="1 = the nation of 2020")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", type=float, default=0.004, help="share of dirty rows, 0..1")
    parser.add_argument("--secrets", type=Path, required=True, help="folder, one file per agency")
    parser.add_argument("--ready", type=Path, help="file written once requests are taken")
    parser.add_argument("--gzip", action="store_true", help="offer gzip to clients that accept it")
    return parser.parse_args(argv)


def handler(nation: Nation, guard: Guard, *, is_packed: bool = False) -> Handler:
    """Return what answers every request to the sandbox."""
    press, faults = Press(nation), Faults()
    systems = Systems(nation, press, guard, faults, Packer(is_packed))
    receiver = Receiver(guard, faults)
    control = Control(nation, press, guard, faults, receiver)

    def answer(request: Request) -> Response | Stunt:
        if request.path.startswith("/a/"):
            return systems.answer(request)
        if request.path.startswith("/r/"):
            return receiver.answer(request)
        if request.path.startswith("/_control/"):
            return control.answer(request)
        return problem(404, "không có địa chỉ này / no such address")

    return answer


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM."""
    nation = Nation(seed=arguments.seed, scale=arguments.scale, dirt=arguments.dirt)
    guard = Guard(arguments.secrets, time.monotonic)
    guard.make_secrets([*sorted({agency.code for agency in nation.agencies}), ACCOUNT])
    server = await listen(
        handler(nation, guard, is_packed=arguments.gzip), arguments.host, arguments.port
    )
    port = server.sockets[0].getsockname()[1]
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _tell_ready(arguments.ready, arguments.host, port)
    await stop.wait()
    server.close()


def _tell_ready(path: Path | None, host: str, port: int) -> None:
    url = f"http://{host}:{port}"
    sys.stdout.write(f"Hộp cát / sandbox: {url}\n")
    sys.stdout.flush()
    if path is not None:
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps({"url": url, "port": port, "pid": os.getpid()}))
        part.replace(path)


if __name__ == "__main__":
    asyncio.run(serve(_arguments(sys.argv[1:])))
