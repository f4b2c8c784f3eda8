"""``hub replay``: judge and load again from the archive, without any network."""

from datetime import date

import click

from contracts.partition import Partition
from hub import ingest
from hub.cli import option, outcome, shell


@click.command()
@option.AGENCY
@option.FEED
@option.ON
@click.option("--contract", default="", help="Bản hợp đồng khác bản đã ghim / another version.")
@option.AS_JSON
def replay(*, agency: str, feed: str, day: date, contract: str, as_json: bool) -> int:
    """Chạy lại từ kho gốc theo đúng hợp đồng đã ghim / re-run from the archive."""
    with shell.desk() as desk:
        result = ingest.replay(desk, Partition(agency.upper(), feed, day), version=contract)
    return outcome.tell_result(result, as_json=as_json)
