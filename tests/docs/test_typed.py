"""Commands that documentation shows outside of the guides: each is run, or read by what would run it.

The guides' commands are run one after the other in ``test_guides``. No container engine is needed:
commands for it are held against the compose file, and what they run inside against that program.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
import yaml

from hub.cli.main import hub
from tests.acceptance.nation import sandbox
from tests.deploy.airflow_words import airflow_refusal
from tests.docs.page import DOCS, ROOT

BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md"), *DOCS.glob("adr/*.md")]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def typed(page: Path) -> list[list[str]]:
    """Words of each command of a page, without what is said behind a ``#``."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    text = "".join(block.replace("\\\n", " ") for block in blocks)
    lines = [line.removeprefix("$ ") for line in text.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


COMMANDS = {" ".join(words): words for page in PAGES for words in typed(page)}


def read_by_hub(words: Sequence[str]) -> None:
    """Let the command line take words apart as it would before it does anything."""
    command: click.Command = hub
    context = click.Context(hub)
    rest = list(words)
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found
        context = click.Context(found, parent=context, info_name=name)
        command = found
    assert command.make_context(command.name, rest, parent=context)


def read_by_make(words: Sequence[str]) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(words) <= set(targets)


def read_by_compose(words: list[str], folder: Path) -> None:
    profiles = {name for one in COMPOSE["services"].values() for name in one.get("profiles", [])}
    match words:
        case ["up", "-d"]:
            pass
        case ["--profile", profile, "up", "-d"]:
            assert profile in profiles
        case ["run", "--rm", "hub", *rest]:
            assert "hub" in COMPOSE["services"]
            read_by_hub(rest)
        case ["exec", service, "airflow", *rest]:
            assert service in COMPOSE["services"]
            assert airflow_refusal([rest], folder) == ""
        case _:
            pytest.fail(f"nobody reads: docker compose {words}")


def run_prepare(script: str, folder: Path) -> None:
    place = folder / script
    place.parent.mkdir()
    shutil.copy(ROOT / script, place)
    subprocess.run([sys.executable, place], check=True)
    assert (folder / "deploy/secret").is_dir()


def ask(words: list[str], folder: Path) -> None:
    """Do what ``curl -X POST address -d body`` does, at a sandbox of ours."""
    method, address, _, body = words[1:]
    with sandbox(folder, scale=0.01) as nation:
        ours = re.sub(r"^http://[^/]+", nation.url, address)
        asked = urllib.request.Request(ours, body.encode(), method=method)
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200
            assert isinstance(json.load(answer), dict)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_of_the_documentation_is_known_to_what_runs_it(
    command: str, tmp_path: Path
) -> None:
    match COMMANDS[command]:
        case ["make", *targets]:
            read_by_make(targets)
        case [".venv/bin/hub" | "hub", *rest]:
            read_by_hub(rest)
        case ["docker", "compose", *rest]:
            read_by_compose(rest, tmp_path)
        case ["python3", script]:
            run_prepare(script, tmp_path)
        case ["$EDITOR", path]:  # to be written by its operator, beside what tells how
            assert (ROOT / path).parent.joinpath("README.md").is_file()
        case ["curl", *rest]:
            ask(rest, tmp_path)
        case _:
            pytest.fail(f"nobody runs or reads: {command}")
