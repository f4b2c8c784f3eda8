"""Samples of a run, the ratios between them, and the verdict on the requirements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measure import Spread
from benchmarks.plan import FIGURES, PEAK_MIB, RATIOS


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure taken once.

    Attributes:
        rows: rows that were committed.
        seconds: wall time from the first request (or byte) to the last commit.
        cpu: CPU seconds by part: ``worker``, ``postgresql``, ``sandbox``.
        peak_mib: highest resident memory of the largest worker with the process that fetches for
            it, pages they share counted twice; 0 where not asked.
        cores: cores of the machine, for the share that was busy.
        workers: processes that ``cpu["worker"]`` is the sum of.
    """

    rows: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0
    cores: int = 1
    workers: int = 1

    @property
    def rows_per_second(self) -> float:
        """Return throughput."""
        return self.rows / self.seconds

    @property
    def busy_ratio(self) -> float:
        """Return CPU seconds of all parts over wall seconds times cores (1 = all cores busy)."""
        return sum(self.cpu.values()) / (self.seconds * self.cores)


Round = Mapping[str, Sample]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the verdict: what was wanted, what was seen."""

    name: str
    wanted: str
    seen: Spread
    met: bool


def ratios(rounds: Sequence[Round]) -> dict[str, Spread]:
    """Return every ratio's spread; quotients are taken within a round, never across."""
    return {
        ratio.name: Spread.of(
            one[ratio.above].rows_per_second / one[ratio.below].rows_per_second for one in rounds
        )
        for ratio in RATIOS
    }


def cpu_ratios(rounds: Sequence[Round]) -> dict[str, Spread]:
    """Return the same quotients in CPU seconds per row instead of wall time.

    They hold still where other work on the machine makes wall time jump; the sandbox's own
    seconds are left out.
    """
    return {
        ratio.name: Spread.of(
            _cpu_per_row(one[ratio.below]) / _cpu_per_row(one[ratio.above]) for one in rounds
        )
        for ratio in RATIOS
    }


def _cpu_per_row(sample: Sample) -> float:
    spent = sum(seconds for part, seconds in sample.cpu.items() if part != "sandbox")
    return max(spent, 1e-9) / sample.rows


def verdict(rounds: Sequence[Round]) -> list[Requirement]:
    """Hold the medians against the requirements."""
    seen = ratios(rounds)
    lines = [
        Requirement(r.name, f">= {r.least:g}", seen[r.name], seen[r.name].median >= r.least)
        for r in RATIOS
        if r.least is not None
    ]
    peak = Spread.of(one["ours"].peak_mib for one in rounds)
    lines.append(Requirement("peak_mib", f"<= {PEAK_MIB:g}", peak, peak.max <= PEAK_MIB))
    return lines


def figures(rounds: Sequence[Round]) -> dict[str, dict[str, Any]]:
    """Return the spread of throughput, time, CPU, memory and busy cores of every figure."""
    return {name: _figure([one[name] for one in rounds]) for name in FIGURES}


def _figure(samples: Sequence[Sample]) -> dict[str, Any]:
    def per_million(part: str) -> Spread:
        return Spread.of(s.cpu[part] * 1e6 / s.rows for s in samples)

    return {
        "rows": samples[0].rows,
        "rows_per_second": asdict(Spread.of(s.rows_per_second for s in samples)),
        "seconds_per_million": asdict(Spread.of(s.seconds * 1e6 / s.rows for s in samples)),
        "cpu_seconds_per_million": {p: asdict(per_million(p)) for p in samples[0].cpu},
        "busy_ratio": asdict(Spread.of(s.busy_ratio for s in samples)),
        "peak_mib": asdict(Spread.of(s.peak_mib for s in samples)),
    }


def bound(sample: Sample) -> str:
    """Say what held a sample back: all cores busy, or the busiest part, or waiting."""
    share = {part: seconds / sample.seconds for part, seconds in sample.cpu.items()}
    share["worker"] /= sample.workers
    part, most = max(share.items(), key=lambda item: item[1])
    if sample.busy_ratio >= 0.85:
        return f"all {sample.cores} cores busy ({sample.busy_ratio:.0%}); most by {part}"
    if most >= 0.85:
        return f"{part} busy for {most:.0%} of the time on one core"
    return f"waiting between parts (cores {sample.busy_ratio:.0%} busy, {part} {most:.0%})"
