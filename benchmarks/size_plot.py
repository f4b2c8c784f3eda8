"""Draw what readers saw: ``python -m benchmarks.size_plot results.json``; needs matplotlib only."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

PARTS = {
    "cold": ("nguội / cold", "#7a9e3d"),
    "readers": ("có người đọc / readers", "#1f6f8b"),
    "flood": ("dồn dập / flood", "#b8bcc4"),
}


def draw(results: Path) -> Path:
    """Write an SVG beside the results: median and 95th percentile of every kind of page."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = results.stem
    read = json.loads(results.read_text(encoding="utf-8"))
    kinds = list(read["cold"])[::-1]
    figure, axes = plt.subplots(figsize=(9, 0.42 * len(kinds) + 1.6), layout="constrained")
    for place, (part, (label, colour)) in enumerate(PARTS.items()):
        told = read[part] if part == "cold" else read[part]["kinds"]
        _bars(axes, [told.get(kind, {}) for kind in kinds], (place - 1) * 0.27, label, colour)
    axes.axvline(100, color="#c0392b", linewidth=1)
    axes.set_yticks(range(len(kinds)), kinds, fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("ms: p50 (thanh / bar), p95 (vạch / line)", fontsize=8)
    axes.legend(fontsize=7)
    rows = int(read["size"]["rows"])
    machine = read["machine"]
    axes.set_title(
        f"{rows:,} hồ sơ / dossiers, {read['reading']['readers']} người đọc / readers,"
        f" {machine['cores']} cores ({machine['processor']})",
        fontsize=9,
    )
    target = results.with_suffix(".svg")
    figure.savefig(target, metadata={"Date": None})
    return target


def _bars(axes: Any, told: list[dict[str, float]], shift: float, label: str, colour: str) -> None:
    places = [n - shift for n in range(len(told))]
    median = [one.get("p50", 0.0) for one in told]
    above = [max(one.get("p95", 0.0) - one.get("p50", 0.0), 0.0) for one in told]
    whiskers = [[0.0] * len(told), above]
    axes.barh(places, median, 0.25, xerr=whiskers, color=colour, label=label, capsize=2)


if __name__ == "__main__":
    print(draw(Path(sys.argv[1])))
