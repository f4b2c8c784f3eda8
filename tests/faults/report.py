"""Writes the numbers of the last full campaign into docs/faults.md, between two marks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- campaign: begin -->", "<!-- campaign: end -->"


def write_table(results: Path) -> None:
    """Replace what stands between the marks by the tables of a result file."""
    text = DOCUMENT.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOCUMENT.write_text(head + BEGIN + "\n" + tables(results) + END + tail, "utf-8")


def tables(results: Path) -> str:
    """Return the tables of a result file as Markdown."""
    result = json.loads(results.read_text("utf-8"))
    return "\n".join([*_totals(result), *_steps(result), *_readers(result), *_mutants(result), ""])


def _totals(result: dict[str, Any]) -> Iterator[str]:
    rounds = sum(result["rounds"].values())
    yield f"Seed `{result['seed']}`, {rounds} rounds on the warehouse's load in"
    yield f"{result['seconds']:.0f} s: **{len(result['findings'])} findings**."
    yield ""
    yield "| Fault | Number |"
    yield "|---|---|"
    yield from (f"| {fault} | {n} |" for fault, n in result["faults"].items())
    yield ""


def _steps(result: dict[str, Any]) -> Iterator[str]:
    yield "| SIGKILL at step | Number |"
    yield "|---|---|"
    yield from (f"| `{step}` | {n} |" for step, n in result["killed_at"].items())
    yield ""


def _readers(result: dict[str, Any]) -> Iterator[str]:
    yield "| Reader | Snapshots | Partial | Versions seen |"
    yield "|---|---|---|---|"
    for mode, (taken, partial, versions) in result["snapshots"].items():
        yield f"| {mode} | {taken} | {partial} | {versions} |"
    yield ""


def _mutants(result: dict[str, Any]) -> Iterator[str]:
    yield "| Mutant | Met | Caught in round | Seen |"
    yield "|---|---|---|---|"
    for name, caught in result["mutants"].items():
        seen = caught["finding"].partition(": ")[2]
        yield f"| `{name}` | {caught['played']} | {caught['round']} | {seen} |"
    yield ""
