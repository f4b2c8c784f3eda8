"""Results as people read them: a file that is kept, a table in the terminal, a picture."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Spread
from benchmarks.nation_day import Split
from benchmarks.plan import FIGURES, Plan
from benchmarks.result import Round, bound, cpu_ratios, figures, ratios, verdict

_CPU = {"worker": "CPU worker", "postgresql": "CPU PG", "sandbox": "CPU sandbox"}
"""CPU seconds per million rows, by part."""


def body(
    plan: Plan,
    machine: Mapping[str, Any],
    rounds: Sequence[Round],
    stages: Mapping[str, Spread],
) -> dict[str, Any]:
    """Return everything a run found, as JSON values; the samples of every round included."""
    return {
        "plan": plan.plain(),
        "machine": dict(machine),
        "labels": FIGURES,
        "requirements": [asdict(line) for line in verdict(rounds)],
        "ratios": {name: asdict(spread) for name, spread in ratios(rounds).items()},
        "cpu_ratios": {name: asdict(spread) for name, spread in cpu_ratios(rounds).items()},
        "figures": figures(rounds),
        "stages": {name: asdict(spread) for name, spread in stages.items()},
        "bound": {name: [bound(one[name]) for one in rounds] for name in ("ours", "ours_two")},
        "rounds": [{name: asdict(sample) for name, sample in one.items()} for one in rounds],
    }


def write(found: Mapping[str, Any], folder: Path, python: Path) -> Path:
    """Keep the results as ``<time>-<rows>.json`` and draw them beside it; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    # the local clock names the file only; nothing is computed from it
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H%M")
    target = folder / f"{stamp}-{found['plan']['rows']}.json"
    text = json.dumps(found, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")
    subprocess.run([str(python), "-m", "benchmarks.plot", str(target)], check=True)
    return target


def show(found: Mapping[str, Any], console: Console) -> bool:
    """Print figures, stages, ratios and verdict; return whether every requirement is met."""
    console.print(_figures(found), _stages(found), _ratios(found))
    for name, said in found["bound"].items():
        console.print(f"{name}: {said[len(said) // 2]}")
    for line in found["requirements"]:
        mark = "[green]đạt / met[/]" if line["met"] else "[red]KHÔNG ĐẠT / NOT MET[/]"
        console.print(f"{mark}  {line['name']} {line['wanted']}: {_spread(line['seen'])}")
    return all(line["met"] for line in found["requirements"])


def _figures(found: Mapping[str, Any]) -> Table:
    table = Table(title="Thông lượng / throughput (min · median · max)")
    table.add_column("")
    for head in ("rows", "rows/s", "s per million", *_CPU.values(), "peak MiB"):
        table.add_column(head, justify="right")
    for name, one in found["figures"].items():
        cpu = one["cpu_seconds_per_million"]
        table.add_row(
            name,
            f"{one['rows']:,}",
            _spread(one["rows_per_second"], ",.0f"),
            _spread(one["seconds_per_million"], ".1f"),
            *(f"{cpu[part]['median']:.1f}" if part in cpu else "" for part in _CPU),
            f"{one['peak_mib']['max']:.0f}",
        )
    return table


def _stages(found: Mapping[str, Any]) -> Table:
    table = Table(title="Từng bước / stages, seconds per million (min · median · max)")
    table.add_column("")
    table.add_column("s", justify="right")
    for name, spread in found["stages"].items():
        table.add_row(name, _spread(spread))
    return table


def _ratios(found: Mapping[str, Any]) -> Table:
    table = Table(title="Tỷ số / ratios, pair by pair within a round (min · median · max)")
    table.add_column("")
    table.add_column("rows/s", justify="right")
    table.add_column("rows per CPU second", justify="right")
    for name, spread in found["ratios"].items():
        table.add_row(name, _spread(spread), _spread(found["cpu_ratios"][name]))
    return table


def _spread(spread: Mapping[str, float], how: str = ".2f") -> str:
    return " · ".join(format(spread[part], how) for part in ("min", "median", "max"))


def write_split(found: Split, day: date, machine: Mapping[str, Any], folder: Path) -> Path:
    """Keep the split of a nation-day as JSON; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"nation-day-{day.isoformat()}.json"
    kept = {"day": day.isoformat(), "machine": dict(machine), **asdict(found)}
    text = json.dumps(kept | {"work_ratio": found.work_ratio}, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def show_split(found: Split, console: Console) -> None:
    """Print where the seconds of a nation-day went."""
    table = Table(title=f"Một ngày toàn quốc / nation-day: {found.wall:.0f} s")
    for head in ("", "s", "s per task"):
        table.add_column(head, justify="left" if not head else "right")
    for name in ("waiting", "starting", "work", "closing"):
        seconds = getattr(found, name)
        table.add_row(name, f"{seconds:.1f}", f"{seconds / found.tasks:.2f}")
    console.print(table)
    console.print(
        f"{found.partitions} partitions, {found.tasks} tasks, {found.rows:,} rows; "
        f"work is {found.work_ratio:.0%} of the seconds that tasks held a slot"
    )
