"""The guides run: their files are written, their commands typed, their output is seen.

Both languages hold the same files and commands, in the same order.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.page import DOCS, ROOT
from tests.interrupt import listen_to_interrupts

GUIDES = ("add-a-province", "run-the-hub", "read-the-figures")
"""In the order in which they build on each other."""

BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A file to write (``path``), or a command to type and the lines it shows."""

    path: str
    text: str
    shown: tuple[str, ...] = ()


def steps(lang: str, guide: str) -> Iterator[Step]:
    text = (DOCS / "guide" / lang / f"{guide}.md").read_text(encoding="utf-8")
    for kind, title, body in BLOCK.findall(text):
        if title:
            yield Step(title, body)
        elif kind == "console":
            yield from typed(body)


def typed(body: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield Step("", command, tuple(shown))


def test_both_languages_do_the_same() -> None:
    for guide in GUIDES:
        assert list(steps("vi", guide)) == list(steps("en", guide))


def test_every_step_of_the_guides_does_what_they_say(database_url: str, tmp_path: Path) -> None:
    env = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    env |= {"HUB_DATABASE_URL": database_url, "LANG": "C.UTF-8"}
    for guide in GUIDES:
        for step in steps("vi", guide):
            if step.path:
                (tmp_path / step.path).write_text(step.text, encoding="utf-8")
            elif step.text.startswith("export "):
                env |= dict(pair.split("=", 1) for pair in step.text.split()[1:])
            elif step.text.startswith("hub serve"):
                _serve(step, env, tmp_path)
            else:
                _type(step, env, tmp_path)


def _type(step: Step, env: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", step.text], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode in _codes(step), f"$ {step.text}\n{said}"
    missing = [line for line in step.shown if line.strip() not in said]
    assert missing == [], f"$ {step.text}\n{said}"


def _codes(step: Step) -> tuple[int, ...]:
    """A backfill that shows a partition by name shows one that was refused."""
    if step.text.startswith("hub doctor"):
        return (0, 4)  # a test's machine may be short of disk
    refused = any(re.search(r"\w+/\w+/\d{4}-", line) for line in step.shown)
    return (1,) if step.text.startswith("hub backfill") and refused else (0,)


def _serve(step: Step, env: dict[str, str], folder: Path) -> None:
    command = re.sub(r"--port \d+", "--port 0", step.text)
    serving = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=listen_to_interrupts,  # noqa: PLW1509 - no thread is at work here
    )
    try:
        assert serving.stdout is not None
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", serving.stdout.readline().strip())
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(30)
        if serving.stdout:
            serving.stdout.close()
