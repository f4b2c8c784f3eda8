"""One worker process: ``python -m benchmarks.worker AGENCY DAY``, speaking JSON lines.

It opens its desk, says that it is ready, waits for a line, loads the day's dossiers, tells what
that cost, and ends.
"""

import json
import os
import resource
import sys
import time
from datetime import date

from benchmarks.measure import peak_mib
from contracts.partition import Partition
from hub.desk import open_desk
from hub.ingest import run
from hub.settings import read_settings


def main() -> None:
    """Load one day when told to."""
    partition = Partition(sys.argv[1], "dossiers", date.fromisoformat(sys.argv[2]))
    with open_desk(read_settings(os.environ)) as desk:
        desk.conn()
        desk.source(partition)
        _say(ready=True)
        sys.stdin.readline()
        before, started = _cpu(), time.perf_counter()
        result = run(desk, partition, reason="benchmark")
        _say(
            outcome=result.outcome,
            message=f"{result.code} {result.message}".strip(),
            received=result.counts.received,
            loaded=result.counts.loaded,
            quarantined=result.counts.quarantined,
            seconds=time.perf_counter() - started,
            cpu=_cpu() - before,
            peak_mib=peak_mib(),
        )


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _say(**values: object) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
