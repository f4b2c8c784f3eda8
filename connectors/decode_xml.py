"""XML answers: read in one pass, in blocks, with the allow-list applied while they stream."""

from collections.abc import Iterator
from dataclasses import replace

from connectors.decode import Body, KnownNames, tell_names
from connectors.format import XmlFormat
from connectors.xml_fault import FAULTS, fault_in
from connectors.xml_place import Plan
from connectors.xml_read import Target, read
from contracts.errors import ContractBroken
from contracts.page import BrokenRow, Page

_BLOCK = 5_000
_MESSAGE = frozenset({"XML-DTD", "XML-SYNTAX", "XML-ENC", "DEPTH", "TOO-BIG"})
"""What may be wrong with one message and leaves the others of its day alone."""


class XmlDecoder:
    """Decodes the answers of one pull; a SOAP Fault among them is raised as what it says."""

    def __init__(
        self, paths: tuple[str, ...], envelope: tuple[str, ...], shape: XmlFormat, known: KnownNames
    ) -> None:
        self._paths, self._envelope, self._shape, self._known = paths, envelope, shape, known

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield blocks of about 5,000 rows; the last carries digest, size and envelope.

        Raises:
            ContractBroken: the document cannot be trusted (``xml_read.read``), or holds no
                such records (DRIFT-TYPE); not where an answer is one message.
            SourceUnavailable: SOAP-FAULT, the server failed.
            SourceRefused: SOAP-FAULT or AUTH, it refuses the request.
        """
        around = (*self._envelope, *FAULTS)
        plan = Plan(self._paths, around, self._shape.rows, self._known, self._shape.namespaces)
        target = Target(plan)
        try:
            for _ in read(body, target):
                if target.rows >= _BLOCK:
                    yield _page(target, plan)
                    target.clear()
            page = self._last(target, plan)
        except ContractBroken as error:
            if not self._shape.message or error.code not in _MESSAGE:
                raise
            page = self._broken(error.code, error.seen, error.allowed)
            _drain(body, error)
        envelope = {path: target.envelope[path] for path in self._envelope}
        yield replace(page, envelope=envelope, digest=body.digest, size=body.size)

    def _last(self, target: Target, plan: Plan) -> Page:
        if fault := fault_in(target.envelope):
            raise fault
        if target.stray:
            raise ContractBroken(
                "The document is another one", code="DRIFT-TYPE", allowed=self._shape.rows
            )
        if self._shape.message and not target.rows:
            return self._broken("DRIFT-TYPE", "no such record", self._shape.rows)
        return _page(target, plan)

    def _broken(self, code: str, seen: str, allowed: str) -> Page:
        flaw = BrokenRow(0, code, seen, allowed)
        return Page(1, {path: [None] for path in self._paths}, (flaw,))


def _page(target: Target, plan: Plan) -> Page:
    unknown, plan.unknown = tell_names(plan.unknown), set()
    return Page(target.rows, target.columns, tuple(target.broken), unknown=unknown)


def _drain(body: Body, error: ContractBroken) -> None:
    """Read the rest of a message, so that its digest is that of all its bytes."""
    if error.code != "TOO-BIG":
        for _ in body:
            pass
