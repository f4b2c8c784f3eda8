"""Processes under measurement: ours, one per stream, and dlt's."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.measure import TreeMemory
from benchmarks.result import Sample
from benchmarks.site import Site

ROOT = Path(__file__).parent.parent


def load(site: Site, url: str, agencies: Sequence[str]) -> Sample:
    """Load one day of each agency, one process each, all started at the same moment.

    Seconds run from that moment to the last commit; starting Python and opening connections
    is over by then, as in a worker that has been at work for a while.

    Raises:
        RuntimeError: a worker ended without loading its whole day.
    """
    archive = site.folder / "archive"
    shutil.rmtree(archive, ignore_errors=True)
    environment = os.environ | site.settings(url, archive)
    site.settle()
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(agency, site, environment)) for agency in agencies]
        for worker in workers:
            _read(worker)
        with TreeMemory(worker.pid for worker in workers) as memory:
            (seconds, told), cpu = site.metered(lambda: _race(workers))
    shutil.rmtree(archive, ignore_errors=True)
    for agency, one in zip(agencies, told, strict=True):
        if one["outcome"] != "loaded" or one["received"] != site.sandboxes[agency].rows:
            raise RuntimeError(f"{agency} was not loaded whole: {one}")
    return Sample(
        rows=sum(one["received"] for one in told),
        seconds=seconds,
        cpu={"worker": sum(one["cpu"] for one in told), **cpu},
        peak_mib=max(memory.peak_mib, *(one["peak_mib"] for one in told)),
        cores=site.cores,
        workers=len(agencies),
    )


def _race(workers: Sequence["subprocess.Popen[str]"]) -> tuple[float, list[dict[str, Any]]]:
    started = time.perf_counter()
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [_read(worker) for worker in workers]
    return time.perf_counter() - started, told


def _worker(agency: str, site: Site, environment: dict[str, str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.worker", agency, site.plan.day.isoformat()]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd=ROOT, text=True)


def _read(worker: "subprocess.Popen[str]") -> dict[str, Any]:
    assert worker.stdout
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"a worker ended with {worker.wait()}")
    return dict(json.loads(line))


def compare(site: Site, url: str, variant: str) -> Sample:
    """Let dlt load the first ``dlt_rows`` dossiers of the first agency's day.

    Raises:
        RuntimeError: dlt loaded another number of rows.
        subprocess.CalledProcessError: dlt ended with an error.
    """
    folder = site.folder / "dlt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job = json.dumps(site.job | {"variant": variant, "folder": str(folder), "database": url})
    command = [str(site.comparator), "-m", "benchmarks.comparator", job]
    site.settle()
    done, cpu = site.metered(
        lambda: subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    )
    told = json.loads(done.stdout.splitlines()[-1])
    if told["rows"] < site.plan.dlt_rows * 0.9:
        raise RuntimeError(f"dlt did not load its rows: {told}")
    return Sample(
        rows=site.plan.dlt_rows,
        seconds=told["seconds"],
        cpu={"worker": told["cpu_worker"], **cpu},
        peak_mib=told["peak_mib"],
        cores=site.cores,
    )


def stages(site: Site, url: str) -> dict[str, float]:
    """Return seconds per million rows of every stage of the first agency's day."""
    archive = site.folder / "archive"
    shutil.rmtree(archive, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.stage"]
    command += [site.plan.agencies[0], site.plan.day.isoformat()]
    environment = os.environ | site.settings(url, archive)
    site.settle()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    shutil.rmtree(archive, ignore_errors=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {name: told[name] * 1e6 / told["rows"] for name in told if name != "rows"}
