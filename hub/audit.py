"""The second judge: Great Expectations over what a feed's day shows, all agencies at once.

The row judge gates loading; this one gates publication. It reads one metrics frame (a row per
partition) and asks set-wise SQL over the loaded day. Great Expectations and pandas take seconds
to import: they are touched inside ``audit`` alone, never where a DAG file or a command is read.
"""

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from psycopg2 import sql

from contracts.code_list import CodeLists
from contracts.errors import ConfigError
from contracts.model import Contract, pinned_contract
from contracts.suite import Expectation, expectations, fact_expectations, metrics
from contracts.verdict import Counts, RuleCount
from hub.desk import Desk
from warehouse.database import read_snapshot, run, translated
from warehouse.facts import fact_of
from warehouse.statement import statement

SITE = "docs"
"""Name of the pages' site within Great Expectations."""


@dataclass(frozen=True, slots=True)
class Audited:
    """The second judge's word on one feed and day.

    Attributes:
        feed: feed name.
        day: day of Asia/Ho_Chi_Minh.
        partitions: how many partitions were looked at.
        evaluated: how many expectations were asked.
        failures: ``<contract>: <rule>`` of every expectation that did not hold.
        docs: page to open, below the state folder.
    """

    feed: str
    day: date
    partitions: int
    evaluated: int
    failures: tuple[str, ...]
    docs: str

    @property
    def is_passed(self) -> bool:
        """Return whether the day's figures may be published."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class _Case:
    """One contract's share of the day: its metrics frame and its loaded rows."""

    contract: Contract
    day: date
    rows: Sequence[dict[str, object]]
    rules: tuple[str, ...]
    facts: str
    loaded: int


def audit(desk: Desk, feed: str, day: date) -> Audited:
    """Audit a feed's day over all agencies, write its pages, keep the result in the ledger.

    Raises:
        ConfigError: no partition of that feed and day shows anything.
        LoadConflict: the database asked to try again.
    """
    cases, newest = _cases(desk, feed, day)
    if not cases:
        raise ConfigError(
            "Ngày này chưa có gì để kiểm định / nothing is loaded to audit",
            code="NOT-LOADED",
            where=f"{feed}/{day}",
            action=f"hub backfill --from {day} --to {day} --feed {feed}",
        )
    evaluated, failures = _ask(desk, feed, day, cases)
    done = Audited(
        feed,
        day,
        sum(len(case.rows) for case in cases),
        evaluated,
        tuple(failures),
        str(desk.settings.docs_folder / "index.html"),
    )
    _record(desk, done, newest)
    return done


def _cases(desk: Desk, feed: str, day: date) -> tuple[list[_Case], int]:
    with read_snapshot(desk.conn()) as cursor:
        heads = run(cursor, "audit.partitions", feed=feed, day=day).fetchall()
        counted: dict[str, list[RuleCount]] = defaultdict(list)
        for agency, *count in run(cursor, "audit.rules", feed=feed, day=day):
            counted[agency].append(RuleCount(*count))
        cases = []
        for contract, group in groupby(heads, key=lambda head: str(head[1])):
            held = list(group)
            agencies = [str(head[0]) for head in held]
            query = sql.SQL(statement("audit.facts")).format(
                table=sql.Identifier("core", fact_of(feed).table)
            )
            facts = cursor.mogrify(query, {"day": day, "agencies": agencies}).decode()
            rows = [
                {"agency": head[0], **metrics(Counts(*head[4:8]), counted[head[0]])}
                for head in held
            ]
            rules = tuple(dict.fromkeys(r.rule for a in agencies for r in counted[a]))
            loaded = sum(int(head[5]) for head in held)
            cases.append(_Case(pinned_contract(contract), day, rows, rules, facts, loaded))
    return cases, max((int(head[3]) for head in heads), default=0)


def _ask(desk: Desk, feed: str, day: date, cases: Sequence[_Case]) -> tuple[int, list[str]]:
    """Run the checkpoints; return how many expectations were asked and which did not hold."""
    context = _context(desk.settings.docs_folder)
    asked, failures = 0, []
    for case in cases:
        name = case.contract.id.replace("/", " ").replace(".", "-")
        for result in (
            *_ask_metrics(context, f"{name} {day}", case),
            *_ask_facts(context, desk.url, f"{name} {day}", case, feed),
        ):
            asked += 1
            if not result.success:
                failures.append(f"{case.contract.id}: {_rule(result)}")
    return asked, failures


def _context(docs: Path) -> Any:
    """Return a context that keeps its results and pages in files and sends nothing anywhere."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415 - 4-9 s
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        DataContextConfig,
        FilesystemStoreBackendDefaults,
    )

    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(docs),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    config = DataContextConfig(
        store_backend_defaults=FilesystemStoreBackendDefaults(root_directory=str(docs / "store")),
        data_docs_sites={SITE: site},
        analytics_enabled=False,
        progress_bars={"globally": False},
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _ask_metrics(context: Any, name: str, case: _Case) -> list[Any]:
    """Ask the metrics frame: a row per partition, a column per count and rule."""
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s

    frame = pd.DataFrame(case.rows).fillna(0.0)
    source = context.data_sources.add_or_update_pandas("metrics")
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    suite = expectations(case.contract, case.rules)
    return _checkpoint(context, f"metrics {name}", batch, suite, {"dataframe": frame})


def _ask_facts(context: Any, url: str, name: str, case: _Case, feed: str) -> list[Any]:
    """Ask the loaded rows, set by set; their number must be what the heads say."""
    address = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    source = context.data_sources.add_or_update_postgres("warehouse", connection_string=address)
    batch = source.add_query_asset(name, query=case.facts).add_batch_definition_whole_table(name)
    columns = {column.source: column.name for column in fact_of(feed).columns}
    columns["key"] = "agency_id, key"
    count = {
        "type": "expect_table_row_count_to_equal",
        "kwargs": {"value": case.loaded},
        "meta": {"rule": "rows_as_counted"},
    }
    asked = fact_expectations(case.contract, columns, CodeLists.load(case.day))
    # A day on which every source declared nothing is whole, though it has no rows.
    suite = [count, *(asked if case.loaded else asked[1:])]
    return _checkpoint(context, f"facts {name}", batch, suite, {})


def _checkpoint(
    context: Any, name: str, batch: Any, suite: list[Expectation], parameters: dict[str, Any]
) -> list[Any]:
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.checkpoint import UpdateDataDocsAction  # noqa: PLC0415

    definition = gx.ValidationDefinition(
        name=name,
        data=batch,
        suite=context.suites.add_or_update(gx.ExpectationSuite(name, expectations=suite)),
    )
    checkpoint = context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=name,
            validation_definitions=[context.validation_definitions.add_or_update(definition)],
            actions=[UpdateDataDocsAction(name="docs", site_names=[SITE])],
        )
    )
    done = checkpoint.run(batch_parameters=parameters)
    return [result for run_of in done.run_results.values() for result in run_of.results]


def _rule(result: Any) -> str:
    meta = result.expectation_config.meta or {}
    return str(meta.get("rule", result.expectation_config.type))


def _record(desk: Desk, done: Audited, newest: int) -> None:
    conn = desk.conn()
    with translated(f"{done.feed}/{done.day}"), conn, conn.cursor() as cursor:
        run(
            cursor,
            "audit.record",
            feed=done.feed,
            day=done.day,
            newest_run=newest,
            is_passed=done.is_passed,
            evaluated=done.evaluated,
            failed=len(done.failures),
            failures=json.dumps(done.failures, ensure_ascii=False),
        )
