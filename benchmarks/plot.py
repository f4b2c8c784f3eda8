"""Draw one results file: ``python -m benchmarks.plot results.json``; needs matplotlib only."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

COLOURS = {"floor": "#8a8f98", "ours": "#1f6f8b", "dlt": "#c9803a"}
PARTS = {"worker": "#1f6f8b", "postgresql": "#7a9e3d", "sandbox": "#b8bcc4"}


def draw(results: Path) -> Path:
    """Write an SVG beside the results: throughput with its spread, CPU by part, stages."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = results.stem
    read = json.loads(results.read_text(encoding="utf-8"))
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(15, 4.2), width_ratios=(1.2, 1, 1), layout="constrained"
    )
    _throughput(left, read)
    _cpu(middle, read)
    _stages(right, read)
    machine = read["machine"]
    figure.suptitle(
        f"{read['plan']['rows']:,} hồ sơ / dossiers, {read['plan']['rounds']} lượt / rounds, "
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB",
        fontsize=10,
    )
    target = results.with_suffix(".svg")
    figure.savefig(target, metadata={"Date": None})
    return target


def _throughput(axes: Any, read: dict[str, Any]) -> None:
    names = list(read["figures"])[::-1]
    spreads = [read["figures"][name]["rows_per_second"] for name in names]
    middle = [spread["median"] for spread in spreads]
    whiskers = [
        [spread["median"] - spread["min"] for spread in spreads],
        [spread["max"] - spread["median"] for spread in spreads],
    ]
    colours = [COLOURS[name.partition("_")[0]] for name in names]
    labels = [read["labels"][name].replace(" / ", "\n") for name in names]
    axes.barh(labels, middle, xerr=whiskers, color=colours, capsize=3)
    for place, value in enumerate(middle):
        axes.annotate(f" {value / 1000:,.1f}k", (value, place + 0.28), fontsize=8)
    axes.margins(x=0.15)
    axes.set_title("dòng mỗi giây / rows per second (min, median, max)", fontsize=9)
    axes.tick_params(labelsize=7)


def _cpu(axes: Any, read: dict[str, Any]) -> None:
    names = [name for name in read["figures"] if not name.startswith("dlt")][::-1]
    left = [0.0] * len(names)
    for part, colour in PARTS.items():
        costs = [read["figures"][name]["cpu_seconds_per_million"].get(part) for name in names]
        widths = [cost["median"] if cost else 0.0 for cost in costs]
        axes.barh(names, widths, left=left, color=colour, label=part)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    axes.set_title("CPU-giây mỗi triệu dòng / CPU seconds per million rows", fontsize=9)
    axes.legend(fontsize=7)
    axes.tick_params(labelsize=7)


def _stages(axes: Any, read: dict[str, Any]) -> None:
    stages = read["stages"]
    names = list(stages)[::-1]
    values = [stages[name]["median"] for name in names]
    axes.barh(names, values, color=PARTS["worker"])
    for place, value in enumerate(values):
        axes.annotate(f" {value:.2f}", (value, place - 0.1), fontsize=8)
    axes.margins(x=0.15)
    axes.set_title("giây mỗi triệu dòng theo bước / seconds per million by stage", fontsize=9)
    axes.tick_params(labelsize=7)


if __name__ == "__main__":
    print(draw(Path(sys.argv[1])))
