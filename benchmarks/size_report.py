"""What the readers of a nation at size saw: a file that is kept, and a table in the terminal."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

LIMIT_MS = 100.0
"""Required 95th percentile of every kind of page with 50 readers at once, and of the country's
page as its link opens it, cold."""
HOME = "home, now"
LIMIT_BYTES = 100_000
"""Required weight of a page on the wire, with all it asks for."""


def write(found: Mapping[str, Any], folder: Path) -> Path:
    """Keep the results as ``<time>-size.json``; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    # the local clock names the file only; nothing is computed from it
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M")
    target = folder / f"{stamp}-size.json"
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return target


def is_met(found: Mapping[str, Any]) -> bool:
    """Tell whether every kind of page is within the limits."""
    return all(line[1] for line in verdict(found))


def verdict(found: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return a line per requirement, with whether it is met."""
    cold = {HOME: found["cold"][HOME]["p95"]}
    loaded = {kind: told["p95"] for kind, told in found["readers"]["kinds"].items()}
    heavy = max(told["all_bytes"] for told in found["weights"].values())
    wrong = found["readers"]["wrong"] + sum(told["wrong"] for told in found["cold"].values())
    return [
        (f"nguội / cold, p95 <= {LIMIT_MS:g} ms: {_worst(cold)}", _least(cold)),
        (f"có người đọc / with readers, p95 <= {LIMIT_MS:g} ms: {_worst(loaded)}", _least(loaded)),
        (f"nặng / weight <= {LIMIT_BYTES} bytes: {heavy}", heavy <= LIMIT_BYTES),
        (f"lỗi / wrong answers: {wrong}", wrong == 0),
    ]


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print a table of all kinds and the verdict."""
    table = Table(title="mili giây / milliseconds (p50 · p95 · p99)")
    for head in ("", "nguội / cold", "có người đọc / readers", "dồn dập / flood", "kB", "requests"):
        table.add_column(head, justify="left" if not head else "right")
    for kind, told in found["cold"].items():
        weight = found["weights"][kind]
        table.add_row(
            kind,
            _three(told),
            _three(found["readers"]["kinds"].get(kind, {})),
            _three(found["flood"]["kinds"].get(kind, {})),
            f"{weight['all_bytes'] / 1000:.0f}",
            str(weight["requests"]),
        )
    console.print(table)
    for name in ("readers", "flood"):
        one = found[name]
        console.print(
            f"{name}: {one['answers_per_second']} answers/s, {_three(one['all'])} ms;"
            f" loads {_three(one['loads'])} ms; memory {one['serving_peak_mib']} MiB"
        )
    for line, is_held in verdict(found):
        mark = "[green]đạt / met[/]" if is_held else "[red]KHÔNG ĐẠT / NOT MET[/]"
        console.print(f"{mark}  {line}")


def _three(told: Mapping[str, float]) -> str:
    return " · ".join(str(told[name]) for name in ("p50", "p95", "p99")) if "p50" in told else "–"


def _least(times: Mapping[str, float]) -> bool:
    return max(times.values()) <= LIMIT_MS


def _worst(times: Mapping[str, float]) -> str:
    kind, most = max(times.items(), key=lambda item: item[1])
    return f"{kind} {most}"
