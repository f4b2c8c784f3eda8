"""Kind ``soap_call``: one operation of a SOAP service, called once a day or page by page."""

from collections.abc import Callable, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.kind import Pattern, fill
from connectors.paging import PagingOptions, Text, followed, paged, read_text, read_totals
from connectors.protocol import Request, Walk
from connectors.xml_envelope import Version, envelope, headers
from contracts.partition import Partition


class Options(PagingOptions):
    """What is called, document/literal; the answer's paths begin at its Envelope.

    Attributes:
        version: of SOAP.
        operation: local name of the body's element.
        namespace: URI of that element.
        action: ``SOAPAction``; namespace and operation joined by a slash where it is absent.
        qualified: whether the parameters' elements are in the namespace too
            (``elementFormDefault="qualified"``).
        parameters: dotted path below the operation -> text with holes for the day, in the order
            of the WSDL.
        paging: ``none`` calls once; ``number`` counts in the element ``number``; ``cursor``
            hands back in it what the last answer gave.
        next: path of the cursor in the answer; an answer without one is the last.
    """

    version: Version = "1.1"
    operation: Text
    namespace: Text
    action: str | None = None
    qualified: bool = True
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)
    paging: Literal["none", "number", "cursor"] = "none"
    next: str = ""

    @model_validator(mode="after")
    def _cursor_has_a_path(self) -> Self:
        if (self.paging == "cursor") != bool(self.next):
            raise ValueError("next goes with paging: cursor")
        return self

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals and cursor."""
        return (*super().envelope, *((self.next,) if self.next else ()))


def walk(options: Options, partition: Partition) -> Walk:
    """Call the operation for one day; see ``paged`` and ``followed`` for what ends the walk."""
    call = _calls(options, partition)
    size = {options.size_name: str(options.size)}
    match options.paging:
        case "number":
            return (yield from paged(options, lambda n: call({options.number: str(n), **size})))
        case "cursor":
            return (
                yield from followed(
                    options,
                    "",
                    lambda cursor: call(size | ({options.number: cursor} if cursor else {})),
                    lambda answer, _: read_text(answer, options.next),
                )
            )
    answer = yield call({})
    return read_totals(options.totals, answer.envelope, required=answer.rows > 0)


def _calls(options: Options, partition: Partition) -> Callable[[Mapping[str, str]], Request]:
    """Return further parameters -> the request of a call."""
    path = fill(options.path, partition)
    fixed = {name: fill(text, partition) for name, text in options.parameters.items()}
    usual = f"{options.namespace.rstrip('/')}/{options.operation}"
    sent = headers(options.version, usual if options.action is None else options.action)

    def call(more: Mapping[str, str]) -> Request:
        text = envelope(
            options.version,
            options.namespace,
            options.operation,
            {**fixed, **more},
            qualified=options.qualified,
        )
        return Request(path, "POST", body=text, headers=sent)

    return call
