"""Loaded by Airflow in every process; loads what tasks need before the scheduler forks them.

A task's process is a fork of the executor's: what is imported and read here costs a task
nothing. Nothing here may connect to a server or start a thread.
"""

import sys

PARENTS = frozenset({"scheduler", "worker"})
"""Commands whose children run tasks."""

if PARENTS & set(sys.argv):
    import hub.backfill
    import hub.ingest  # noqa: F401 - with numpy, msgspec, psycopg2, requests and our rooms
    from connectors.system import shipped_systems
    from contracts.model import feeds, load_contract, pinned_contract

    shipped_systems()
    for _feed in feeds():
        pinned_contract(load_contract(_feed).id)
