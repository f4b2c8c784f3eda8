"""The rounds: every figure in turn, again and again, so that noise meets all of them alike."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import crew, floor
from benchmarks.measure import Spread
from benchmarks.result import Round, Sample
from benchmarks.site import Site

Tell = Callable[[str], None]
VARIANTS = {"dlt_default": "default", "dlt_csv": "csv", "dlt_contract": "csv_contract"}


def take_stages(site: Site, tell: Tell) -> dict[str, Spread]:
    """Take the stages of a day ``plan.rounds`` times; seconds per million rows."""
    tell("từng bước / stages")
    taken = []
    for _ in range(site.plan.rounds):
        with site.database("benchmark_stage") as url:
            taken.append(crew.stages(site, url))
    return {name: Spread.of(one[name] for one in taken) for name in taken[0]}


def take(site: Site, tell: Tell) -> list[Round]:
    """Take all figures ``plan.rounds`` times, after one load that is not counted.

    That load makes the ready bytes of the floor and warms the sandbox and the page cache.
    """
    ready = site.folder / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    with ExitStack() as stack:
        base = stack.enter_context(site.database("benchmark_floor"))
        tell("làm nóng / warming up")
        crew.load(site, base, site.plan.agencies[:1])
        files = floor.export(base, ready)
        names = [f"{n + 1}/{site.plan.rounds}" for n in range(site.plan.rounds)]
        return [_round(site, base, files, name, tell) for name in names]


def _round(site: Site, base: str, files: dict[str, Path], name: str, tell: Tell) -> Round:
    def note(figure: str, sample: Sample) -> Sample:
        tell(f"{name} {figure}: {sample.rows_per_second:,.0f} rows/s")
        return sample

    taken = {figure: note(figure, floor.copy(site, base, file)) for figure, file in files.items()}
    for figure, agencies in (("ours", site.plan.agencies[:1]), ("ours_two", site.plan.agencies)):
        with site.database("benchmark_load") as url:
            taken[figure] = note(figure, crew.load(site, url, agencies))
    for figure, variant in VARIANTS.items():
        with site.database("benchmark_dlt") as url:
            taken[figure] = note(figure, crew.compare(site, url, variant))
    return taken
