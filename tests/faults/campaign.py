"""The full fault campaign: ``python -m tests.faults.campaign``; ends non-zero on any finding.

``--seed TEXT`` plays other interleavings; ``--share 0.1`` plays a tenth of the rounds (and then
does not insist on the full numbers); ``--round NAME --seed TEXT --number I`` plays one round again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults import ingest
from tests.faults.bench import Bench
from tests.faults.catalogue import (
    ALL,
    FULL,
    GOALS,
    KILLS_PER_STEP,
    PLACES,
    ROUNDS_AT_MOST,
    SNAPSHOTS_PER_MODE,
    WEAK_SPOTS,
)
from tests.faults.reader import MODES, Snapshots, watch_modes
from tests.faults.real import Warehouse
from tests.faults.report import write_table
from tests.faults.stage import Tally

RESULTS = Path(__file__).parent / "results" / "campaign.json"


@dataclass(slots=True)
class Caught:
    """How a mutant ended: the round kind it met, the round that caught it, what was seen."""

    played: str
    round: int
    finding: str


@dataclass(slots=True)
class Result:
    """What a campaign did and found; kept as JSON."""

    seed: str
    share: float
    seconds: float = 0.0
    rounds: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    killed_at: dict[str, int] = field(default_factory=dict)
    snapshots: dict[str, Snapshots] = field(default_factory=dict)
    mutants: dict[str, Caught] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    short_of: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Play, keep the result, tell; 0 when nothing was found and every number was reached."""
    options = _options()
    console = Console()
    bench = Bench(Tally())
    try:
        if options.round:
            return _repeat(bench, options, console)
        result = Result(options.seed, options.share)
        _play_all(bench, result, console)
    finally:
        bench.stop()
    _tell(result, console)
    if options.share >= 1:
        RESULTS.write_text(json.dumps(asdict(result), ensure_ascii=False, indent=1) + "\n")
        write_table(RESULTS)
    return 1 if result.findings or result.short_of else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--round", choices=sorted(ALL))
    parser.add_argument("--number", type=int, default=0)
    return parser.parse_args()


def _repeat(bench: Bench, options: argparse.Namespace, console: Console) -> int:
    play = bench.rounds(Warehouse, ALL[options.round], _seed(options.seed, options.round))
    findings = play(options.number)
    console.print(findings or "không có lỗi / no finding")
    return 1 if findings else 0


def _seed(seed: str, name: str) -> str:
    return f"{seed}/{name}"


def _play_all(bench: Bench, result: Result, console: Console) -> None:
    started = time.monotonic()
    console.print(f"Gieo lỗi / fault campaign, seed {result.seed!r}")
    share = min(result.share, 1.0)
    plan = {name: max(1, round(n * share)) for name, n in FULL.items()}
    snapshots = max(10, round(SNAPSHOTS_PER_MODE * share))
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    # auto_refresh would run a thread; the screen is drawn between rounds instead.
    with Progress(*columns, TimeElapsedColumn(), console=console, auto_refresh=False) as bar:
        task = bar.add_task("", total=sum(plan.values()) + len(WEAK_SPOTS) + 1 + len(ingest.ROUNDS))

        def step(name: str) -> None:
            bar.update(task, advance=1, description=name, refresh=True)

        _play_load(bench, result, plan, step)
        _play_mutants(bench, result, step)
        _take_snapshots(bench, result, snapshots)
        step("snapshots")
        _play_ingest(bench, result, step)
    result.rounds = plan
    result.faults = dict(sorted(bench.tally.faults.items()))
    result.killed_at = dict(bench.tally.killed)
    result.seconds = round(time.monotonic() - started, 1)
    if share == 1:
        result.short_of = _short_of(result)


def _play_load(
    bench: Bench, result: Result, plan: Mapping[str, int], step: Callable[[str], None]
) -> None:
    for name, n in plan.items():
        play = bench.rounds(Warehouse, ALL[name], _seed(result.seed, name))
        for i in range(n):
            result.findings += play(i)
            step(name)


def _play_mutants(bench: Bench, result: Result, step: Callable[[str], None]) -> None:
    injected = bench.tally
    bench.tally = Tally()  # what was done to mutants proves nothing about the load
    for mutant, played in WEAK_SPOTS.items():
        play = bench.rounds(mutant, played, _seed(result.seed, played.__name__))
        caught = Caught(played.__name__, 0, "")
        for i in range(ROUNDS_AT_MOST):
            if findings := play(i):
                caught = Caught(played.__name__, i + 1, findings[0])
                break
        else:
            result.findings.append(f"mutant {mutant.__name__} was not caught")
        result.mutants[mutant.__name__] = caught
        step(mutant.__name__)
    bench.tally = injected


def _take_snapshots(bench: Bench, result: Result, snapshots: int) -> None:
    result.snapshots = watch_modes(bench.stage(Warehouse), snapshots)
    for mode, seen in result.snapshots.items():
        if seen.partial:
            result.findings.append(f"{seen.partial} of {seen.taken} snapshots partial: {mode}")


def _play_ingest(bench: Bench, result: Result, step: Callable[[str], None]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        ingest.open_floor(bench, Path(folder)) as floor,
    ):
        for number, (name, play) in enumerate(ingest.ROUNDS.items()):
            result.findings += play(floor, number)
            step(f"ingest {name}")


def _short_of(result: Result) -> dict[str, str]:
    """Return the numbers of GUARANTEES section 1 that were not reached."""
    done = dict(result.faults)
    done["crash"] = sum(n for fault, n in done.items() if fault.startswith("crash: "))
    wanted = [(goal, done.get(goal, 0), least) for goal, least in GOALS.items()]
    wanted += [(f"kill at {p}", result.killed_at.get(p, 0), KILLS_PER_STEP) for p in PLACES]
    for mode in MODES:
        wanted.append((f"snapshots, {mode}", result.snapshots[mode].taken, SNAPSHOTS_PER_MODE))
    return {name: f"{n} of {least}" for name, n, least in wanted if n < least}


def _tell(result: Result, console: Console) -> None:
    for title, values in (("faults", result.faults), ("killed at", result.killed_at)):
        console.print(title, values)
    for mode, seen in result.snapshots.items():
        console.print(
            f"{mode}: {seen.taken} snapshots, {seen.partial} partial, {seen.versions} versions"
        )
    for name, caught in result.mutants.items():
        console.print(f"{name}: {caught.played}, round {caught.round}: {caught.finding}")
    for finding in result.findings:
        console.print(f"LỖI / FINDING {finding}", style="bold red")
    for name, text in result.short_of.items():
        console.print(f"CHƯA ĐỦ / TOO FEW {name}: {text}", style="bold red")
    console.print(f"{len(result.findings)} lỗi / findings, {result.seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
