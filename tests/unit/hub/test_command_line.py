import subprocess
import sys
from importlib import import_module

import click
import pytest

from hub.cli.main import SUMMARIES, VERBS, invoke

HEAVY = ("airflow", "great_expectations", "polars", "pandas", "pyarrow", "sqlalchemy", "alembic")


@pytest.mark.parametrize("arguments", ["--help", "status --help", "backfill --help"])
def test_help_imports_none_of_the_heavy_libraries(arguments: str) -> None:
    script = (
        "import sys\nfrom hub.cli.main import invoke\n"
        f"code = invoke({arguments.split()!r})\n"
        f"print(code, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_every_verb_has_a_summary_and_a_command_of_its_name() -> None:
    assert list(VERBS) == list(SUMMARIES)
    for verb, place in VERBS.items():
        module, name = place.split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        assert command.name == verb


@pytest.mark.parametrize(
    ("arguments", "next_command"),
    [
        (["nothing"], "hub --help"),
        (["run"], "hub run --help"),
        (["run", "H26", "dossiers", "20/11/2026"], "hub run --help"),
        (["backfill", "--from", "2026-11-20"], "hub backfill --help"),
        (["report", "II.06a"], "hub report --help"),
    ],
)
def test_wrong_usage_exits_2_and_names_the_help(
    arguments: list[str], next_command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(next_command)


def test_a_misspelt_setting_value_exits_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_PROCESSES", "none")
    assert invoke(["status"]) == 4
    assert "HUB_PROCESSES" in capsys.readouterr().err
