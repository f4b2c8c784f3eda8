"""``hub run``: load one partition, now."""

from datetime import date

import click

from contracts.partition import Partition
from hub import ingest
from hub.cli import option, outcome, shell


@click.command()
@option.AGENCY
@option.FEED
@option.ON
@click.option(
    "--accept-volume",
    is_flag=True,
    help="Chấp nhận số lượng bất thường đã xác minh / accept an unusual volume you checked.",
)
@option.AS_JSON
def run(*, agency: str, feed: str, day: date, accept_volume: bool, as_json: bool) -> int:
    """Nạp một (đơn vị, luồng, ngày): kéo, lưu gốc, chấm, nạp / load one partition."""
    with shell.desk() as desk:
        result = ingest.run(
            desk,
            Partition(agency.upper(), feed, day),
            reason="manual, volume accepted" if accept_volume else "manual",
            held=not accept_volume,
        )
    return outcome.tell_result(result, as_json=as_json)
