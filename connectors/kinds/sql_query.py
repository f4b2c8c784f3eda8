"""Kind ``sql_query``: the rows of one day from a table, page after page by key.

Rows are not skipped by number (rows that leave the filter meanwhile would be missed) but read on
from the last key. The total is counted first, in the snapshot that the pages are read from.
"""

from collections.abc import Mapping

from connectors.paging import read_totals
from connectors.protocol import Request, Walk
from connectors.sql_options import Options, day_of
from contracts.errors import ContractBroken
from contracts.page import Value
from contracts.partition import Partition

__all__ = ["Options", "walk"]


def walk(options: Options, partition: Partition) -> Walk:
    """Count the day's rows, then read them by key until a page is short.

    Raises:
        ContractBroken: PAGE-LIMIT; PAGE-REPEAT, the key does not grow; DRIFT-TYPE, a key is
            neither whole number nor text.
    """
    asked = day_of(options, partition)
    counted = yield Request(options.table, "COUNT", body=asked, data=False)
    declared = read_totals(options.totals, counted.envelope, required=True)
    after: list[Value] = []
    for _ in range(options.max_pages):
        page = {**asked, "key": list(options.key), "after": after, "limit": options.size}
        answer = yield Request(options.table, "SELECT", body=page)
        if answer.rows < options.size:
            return declared
        after, before = _last(options, answer.envelope), after
        if after == before:
            raise ContractBroken("A page came twice", code="PAGE-REPEAT", seen="the same last key")
    raise ContractBroken(
        "The pages do not end",
        code="PAGE-LIMIT",
        seen=f"{options.max_pages} pages of {options.size} rows",
        allowed=f"at most {options.max_pages} pages",
    )


def _last(options: Options, envelope: Mapping[str, Value]) -> list[Value]:
    last = [envelope.get(f"last.{column}") for column in options.key]
    for column, value in zip(options.key, last, strict=True):
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise ContractBroken(
                "A key is neither whole number nor text",
                code="DRIFT-TYPE",
                seen=f"{column}: {type(value).__name__}",
                allowed="key columns without NULL, of whole numbers or texts",
            )
    return last
