"""Kind ``session_calls``: named services behind one address, called page by page in JSON.

The session itself belongs to the driver (auth scheme ``session``), so that neither a walk nor
an archived request ever holds one.
"""

from collections.abc import Mapping

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.paging import PagingOptions, Text, paged
from connectors.protocol import Request, Walk
from contracts.partition import Partition


class Options(PagingOptions):
    """What is called.

    Attributes:
        service_name: name of the field that holds the service's name.
        service: the service.
        parameters: its other fields in order, with holes for the day; every value is a text.
    """

    service_name: Text = "service"
    service: Text
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)


def walk(options: Options, partition: Partition) -> Walk:
    """Call a service page by page for one day; see ``paged`` for what ends or breaks the walk."""
    fixed = {options.service_name: options.service}
    fixed |= {name: fill(text, partition) for name, text in options.parameters.items()}

    def ask(number: int) -> Request:
        paging = {options.number: str(number), options.size_name: str(options.size)}
        return Request(fill(options.path, partition), "POST", body=fixed | paging)

    return (yield from paged(options, ask))
