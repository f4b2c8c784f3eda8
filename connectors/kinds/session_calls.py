"""Kind ``session_calls``: named services behind one address, called page by page in JSON.

The session itself belongs to the driver (auth scheme ``session``), so that neither a walk nor
an archived request ever holds one.
"""

from collections.abc import Mapping

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.paging import Batch, PagingOptions, Tally, Text, in_turn, paged
from connectors.protocol import Answer, Request, Walk
from contracts.partition import Partition


class Options(PagingOptions):
    """What is called.

    Attributes:
        service_name: name of the field that holds the service's name.
        service: the service.
        parameters: its other fields in order, with holes for the day; every value is a text.
        batch: the service that gives rows, where the first one only lists ids.
    """

    service_name: Text = "service"
    service: Text
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)
    batch: Batch | None = None

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals and ids."""
        return (*super().envelope, *((self.batch.ids,) if self.batch else ()))


def walk(options: Options, partition: Partition) -> Walk:
    """Call a service page by page for one day; see ``paged`` for what ends or breaks the walk."""
    path, batch = fill(options.path, partition), options.batch
    fixed = {name: fill(text, partition) for name, text in options.parameters.items()}

    def ask(number: int) -> Request:
        body = {options.service_name: options.service, **fixed}
        body |= {options.number: str(number), options.size_name: str(options.size)}
        return Request(path, "POST", body=body, data=batch is None)

    if batch is None:
        return (yield from paged(options, ask))
    listed: dict[str, None] = {}  # ids once each, in the source's order

    def take(answer: Answer) -> int:
        ids = str(answer.envelope.get(batch.ids) or "").splitlines()
        listed.update(dict.fromkeys(ids))
        return len(ids)

    declared = yield from paged(options, ask, take)
    ids, tally = list(listed), Tally(options)
    parts = [ids[start : start + batch.size] for start in range(0, len(ids), batch.size)]
    bodies = [
        {options.service_name: batch.service, batch.name: batch.separator.join(part)}
        for part in parts
    ]
    for call in in_turn([Request(path, "POST", body=body) for body in bodies]):
        answer = yield call
        tally.count(answer, answer.rows, "a batch")
    return declared
