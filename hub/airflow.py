"""Airflow of this machine: its environment, its services, and its REST interface.

Nothing here imports airflow. All of its configuration is in environment variables, all of its
files are below the state folder, everything it opens listens on 127.0.0.1.
"""

import base64
import json
import os
import secrets
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from connectors.agency import Agency
from contracts.errors import ConfigError, HubError, LoadConflict
from hub.registry import read_registry
from hub.settings import read_settings
from hub.stack import Service

USER = "admin"
ANSWER_SECONDS = 30.0
PAGE = 100

TUNED = {
    # 8 on 2 cores: a worker waits up to min_heartbeat_interval for a child that is already gone
    # (it looks for the exit before the kernel reports it), so slots, not cores, run out first.
    # 330 empty tasks took 150 s at 4 slots and 5 s, 35 s at 8 slots and 1 s.
    "CORE__PARALLELISM": "8",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "SCHEDULER__MAX_DAGRUNS_TO_CREATE_PER_LOOP": "50",
    "SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "50",
    "SCHEDULER__MAX_TIS_PER_QUERY": "16",
    # A scheduler that was killed is found dead, and its tasks taken over, within half a minute.
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "API__WORKERS": "1",
}
"""Measured on 2 cores: a nation-day is about 320 tasks."""

FIXED = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
    "CORE__RERUN_WITH_LATEST_VERSION": "True",
    "API__HOST": "127.0.0.1",
    "API__INSTANCE_NAME": "Liên thông",
    "SCHEDULER__CATCHUP_BY_DEFAULT": "False",
    "LOGGING__COLORED_CONSOLE_LOG": "False",
    # No asynchronous driver is installed; only "wait for a run" over REST would use one.
    "DATABASE__SQL_ALCHEMY_CONN_ASYNC": "",
    "DATABASE__SQL_ALCHEMY_POOL_SIZE": "10",
}

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")
"""What services see of our own environment, beside ``HUB_*``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where Airflow lives on this machine.

    Attributes:
        state: state folder of the hub.
        port: TCP port of the api-server on 127.0.0.1.
        database_url: address of Airflow's own database; holds a password.
    """

    state: Path
    port: int
    database_url: str = field(repr=False)

    @property
    def home(self) -> Path:
        """Return AIRFLOW_HOME."""
        return self.state / "airflow"

    @property
    def url(self) -> str:
        """Return the address of the pages and of REST."""
        return f"http://127.0.0.1:{self.port}"


def environment(place: Place, hub: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of Airflow's processes.

    Args:
        place: where Airflow lives.
        hub: settings of the hub as ``HUB_*``, handed to the tasks.
    """
    rooms = _room("dags").parent
    own = {
        "CORE__DAGS_FOLDER": str(_room("dags")),
        "CORE__PLUGINS_FOLDER": str(rooms / "config" / "plugins"),
        "CORE__FERNET_KEY": _secret(place, "fernet"),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(place)),
        "CORE__EXECUTION_API_SERVER_URL": f"{place.url}/execution/",
        "API__PORT": str(place.port),
        "API__BASE_URL": place.url,
        "API__SECRET_KEY": _secret(place, "session"),
        "API_AUTH__JWT_SECRET": _secret(place, "jwt"),
        "DATABASE__SQL_ALCHEMY_CONN": place.database_url.replace(
            "postgresql:", "postgresql+psycopg2:", 1
        ),
        "LOGGING__BASE_LOG_FOLDER": str(place.state / "log" / "airflow"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(place.state / "log" / "parse"),
    }
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)])
    airflow = {f"AIRFLOW__{name}": value for name, value in (TUNED | FIXED | own).items()}
    overrides = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW__")}
    place.home.mkdir(parents=True, exist_ok=True)
    return {
        **inherited,
        **airflow,
        **overrides,
        **hub,
        "PATH": path,
        "AIRFLOW_HOME": str(place.home),
        "PYTHONPATH": os.pathsep.join([str(rooms), str(rooms / "config")]),
        "OPENBLAS_NUM_THREADS": "1",  # numpy is loaded before the fork; threads do not survive it
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",  # nothing is imported from the folder we happen to stand in
    }


def _room(name: str) -> Path:
    """Return the folder of one of our rooms without importing it."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("a room is not installed", where=name, action="make demo")
    return Path(spec.submodule_search_locations[0])


def _secret(place: Place, name: str) -> str:
    """Return a secret of this machine, made on first use, readable by nobody else."""
    folder = place.home / "secret"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        value = base64.urlsafe_b64encode(os.urandom(32)).decode()
        _write_private(path, value if name == "fernet" else secrets.token_hex(48))
    return path.read_text()


def _passwords(place: Place) -> Path:
    path = place.home / "secret" / "passwords.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(path, json.dumps({USER: secrets.token_urlsafe(12)}))
    return path


def _write_private(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def password(place: Place) -> str:
    """Return the password of the one user of this machine's Airflow."""
    return str(json.loads(_passwords(place).read_text())[USER])


def version() -> str:
    """Return the version of the installed Airflow."""
    return metadata.version("apache-airflow-core")


def command(*words: str) -> list[str]:
    """Return an ``airflow`` command line of this environment's Python."""
    return [sys.executable, "-P", "-m", "airflow", *words]


SOURCE_SLOTS = 2
"""Pulls at once from one source: the day of today beside a day of a backfill."""


def pools(agencies: Iterable[Agency]) -> dict[str, int]:
    """Return the pools that must exist: one per source, by connection name."""
    names = {feed.connection for agency in agencies for feed in agency.feeds.values()}
    return dict.fromkeys(sorted(names), SOURCE_SLOTS)


def services(place: Place, env: Mapping[str, str]) -> list[Service]:
    """Return api-server, scheduler (LocalExecutor) and dag-processor, in order of start.

    No triggerer: no task of ours defers. The api-server ends last, so that a task that is just
    finishing can still say so.
    """
    rest = Rest(place)
    return [
        Service(
            name="api-server",
            command=command("api-server"),
            env=env,
            ready=rest.healthy,
            wave=1,
        ),
        Service(
            name="scheduler",
            command=command("scheduler", "--skip-serve-logs"),
            env=env,
            ready=lambda: rest.beats("scheduler"),
            wave=2,
        ),
        Service(
            name="dag-processor",
            command=command("dag-processor"),
            env=env,
            ready=lambda: rest.beats("dag_processor"),
            wave=2,
        ),
    ]


@dataclass(slots=True)
class Rest:
    """Airflow's REST interface, as its one user.

    Attributes:
        place: where Airflow lives.
    """

    place: Place
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def healthy(self) -> bool:
        """Tell whether the api-server serves and reaches its database."""
        return bool(self._health().get("metadatabase", {}).get("status") == "healthy")

    def beats(self, part: str) -> bool:
        """Tell whether ``scheduler`` or ``dag_processor`` has a fresh heartbeat."""
        return bool(self._health().get(part, {}).get("status") == "healthy")

    def _health(self) -> dict[str, Any]:
        try:
            answer = self._session.get(f"{self.place.url}/api/v2/monitor/health", timeout=5)
            return dict(answer.json()) if answer.ok else {}
        except (requests.RequestException, ValueError):
            return {}

    def call(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """Return the JSON answer of a call below ``/api/v2``; None for an empty one.

        Raises:
            LoadConflict: Airflow says 409: what is asked for exists already.
            HubError: Airflow cannot be reached or says no.
        """
        if "Authorization" not in self._session.headers:
            self._log_in()
        try:
            answer = self._session.request(
                method,
                f"{self.place.url}/api/v2{path}",
                json=body,
                params=query,
                timeout=ANSWER_SECONDS,
            )
        except requests.RequestException as error:
            raise HubError("Airflow is silent", code="AIRFLOW", where=path) from error
        if answer.ok:
            return answer.json() if answer.content else None
        kind = LoadConflict if answer.status_code == requests.codes.conflict else HubError
        raise kind("Airflow refused", code="AIRFLOW", where=path, seen=answer.text[:300])

    def _log_in(self) -> None:
        answer = self._session.post(
            f"{self.place.url}/auth/token",
            json={"username": USER, "password": password(self.place)},
            timeout=ANSWER_SECONDS,
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def dag_ids(self) -> set[str]:
        """Return the ids of the DAGs that Airflow has read; one read meanwhile may be left out."""
        found: list[str] = []
        query = {"limit": PAGE, "order_by": "dag_id"}
        while page := self.call("GET", "/dags", offset=len(found), **query)["dags"]:
            found += [dag["dag_id"] for dag in page]
        return set(found)

    def import_errors(self) -> list[str]:
        """Return what Airflow could not read, one text per file."""
        errors = self.call("GET", "/importErrors")["import_errors"]
        return [f"{e['filename']}: {e['stack_trace'][-400:]}" for e in errors]

    def set_pools(self, pools: Mapping[str, int]) -> None:
        """Make pools (name -> slots), or set the slots of those that exist."""
        entities = [{"name": name, "slots": slots} for name, slots in pools.items()]
        action = {"action": "create", "action_on_existence": "overwrite", "entities": entities}
        self.call("PATCH", "/pools", {"actions": [action]})

    def unpause(self, pattern: str = "%") -> None:
        """Let the DAGs run whose id fits a pattern (``%`` any text)."""
        self.call("PATCH", "/dags", {"is_paused": False}, dag_id_pattern=pattern, limit=1000)

    def trigger(self, dag_id: str, key: str, *, run_id: str) -> bool:
        """Start a run for a partition key; False when the run id exists already."""
        body = {"dag_run_id": run_id, "logical_date": None, "partition_key": key}
        try:
            self.call("POST", f"/dags/{quote(dag_id)}/dagRuns", body)
        except LoadConflict:
            return False
        return True

    def backfill(self, dag_id: str, first: str, last: str, *, reprocess: str = "none") -> None:
        """Start Airflow's own backfill of a DAG for days ``first`` to ``last``, both included."""
        body = {
            "dag_id": dag_id,
            "from_date": f"{first}T00:00:00Z",
            "to_date": f"{last}T00:00:00Z",
            "reprocess_behavior": reprocess,
        }
        self.call("POST", "/backfills", body)

    def clear_failed(self, dag_id: str, first: str, last: str) -> int:
        """Clear the failed tasks of a DAG's partitions, as ``dags clear --only-failed`` does.

        Returns:
            Number of runs that were set going again.
        """
        body = {
            "dry_run": False,
            "only_failed": True,
            "partition_date_start": f"{first}T00:00:00Z",
            "partition_date_end": f"{last}T00:00:00Z",
        }
        return int(self.call("POST", f"/dags/{quote(dag_id)}/clearDagRuns", body)["total_entries"])

    def run_states(self, key: str, dag_ids: Collection[str] = ()) -> Counter[str]:
        """Return how many runs for a partition key are in each state.

        Args:
            key: partition key, a day.
            dag_ids: only runs of these; empty means all.
        """
        counts: Counter[str] = Counter()
        seen = 0
        query = {"limit": PAGE, "partition_key_prefix_pattern": key}
        while page := self.call("GET", "/dags/~/dagRuns", offset=seen, **query)["dag_runs"]:
            seen += len(page)
            counts.update(r["state"] for r in page if not dag_ids or r["dag_id"] in dag_ids)
        return counts

    def lost_tasks(self) -> int:
        """Mark as failed what runs by Airflow's account; call it when nothing can be running.

        Returns:
            Number of task instances that an unclean stop had left behind.
        """
        path = "/dags/~/dagRuns/~/taskInstances"
        lost = self.call("GET", path, state="running", limit=PAGE)["task_instances"]
        for task in lost:
            run = f"/dags/{quote(task['dag_id'])}/dagRuns/{quote(task['dag_run_id'], safe='')}"
            body = {"new_state": "failed"}
            index = "" if task["map_index"] < 0 else f"/{task['map_index']}"
            self.call("PATCH", f"{run}/taskInstances/{quote(task['task_id'])}{index}", body)
        return len(lost)


def main() -> None:
    """Print the pools as ``airflow pools import`` reads them."""
    asked = pools(read_registry(read_settings(os.environ).agencies).agencies.values())
    body = {
        name: {"slots": slots, "description": "", "include_deferred": False}
        for name, slots in asked.items()
    }
    sys.stdout.write(json.dumps(body))


if __name__ == "__main__":
    main()
