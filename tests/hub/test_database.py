import json
import os
import subprocess
import sys
from pathlib import Path


def typed(state: Path, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *line.split()],
        env={**environ, "HUB_STATE": str(state), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_embedded_server_starts_outlives_its_command_and_stops(tmp_path: Path) -> None:
    assert json.loads(typed(tmp_path, "database status --json").stdout) == {"running": False}
    try:
        assert typed(tmp_path, "database start").returncode == 0
        assert json.loads(typed(tmp_path, "database status --json").stdout)["running"] is True
        assert typed(tmp_path, "database url").stdout.startswith("postgresql://")
        early = typed(tmp_path, "quarantine list")
        assert (early.returncode, early.stderr.splitlines()[-1]) == (
            1,
            "Bước tiếp / next: hub init",
        )
        assert typed(tmp_path, "init").returncode == 0
        assert typed(tmp_path, "quarantine list").returncode == 0
    finally:
        assert typed(tmp_path, "database stop").stdout == "PostgreSQL đã dừng / stopped\n"
    assert typed(tmp_path, "database stop").stdout == "PostgreSQL không chạy / not running\n"


def test_a_server_of_others_is_not_ours_to_stop(tmp_path: Path) -> None:
    told = typed(tmp_path, "database stop", HUB_DATABASE_URL="postgresql://elsewhere/hub")
    assert told.returncode == 4
    assert "DATABASE-EXTERNAL" in told.stderr
