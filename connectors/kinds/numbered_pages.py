"""Kind ``numbered_pages``: ``?page=3&size=500`` or ``offset``/``limit``, by GET, POST or a form."""

from connectors.paging import CallOptions, PagingOptions, paged
from connectors.protocol import Request, Walk
from contracts.partition import Partition


class Options(PagingOptions, CallOptions):
    """Where number, size and the fixed parameters travel; in JSON the two are integers."""


def walk(options: Options, partition: Partition) -> Walk:
    """Ask numbered pages of one day; see ``paged`` for what ends or breaks the walk."""

    def ask(number: int) -> Request:
        paging = {options.number: number, options.size_name: options.size}
        return options.request(partition, **paging)

    return (yield from paged(options, ask))
