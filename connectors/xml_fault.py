"""SOAP faults: what the service says went wrong, sorted by who must act."""

from collections.abc import Mapping

from connectors.decode import Body
from connectors.protocol import Request
from connectors.reply_check import check_reply
from connectors.system import System
from connectors.transport import Reply
from connectors.xml_place import Plan
from connectors.xml_read import Target, read
from contracts.errors import ContractBroken, SourceError, SourceRefused, SourceUnavailable
from contracts.page import Value

FAULTS = (
    "Envelope.Body.Fault.faultcode",
    "Envelope.Body.Fault.Code.Value",
    "Envelope.Body.Fault.Code.Subcode.Value",
)
"""Where SOAP 1.1 and 1.2 put the code of a fault, the finer one last."""
_WITH_FAULT = {400, 500}
_THEIRS = {"Server", "Receiver"}
_LOGIN = {
    "FailedAuthentication",
    "FailedCheck",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "MessageExpired",
}
"""Codes of WS-Security 1.1, section 12."""


def fault_in(envelope: Mapping[str, Value]) -> SourceError | None:
    """Return the error of an envelope's fault; its words stay unsaid, they may hold anything.

    A fault of the server is worth another try, one of the client is not.
    """
    names = [_name(value) for path in FAULTS if (value := envelope.get(path)) is not None]
    if not names:
        return None
    if login := _LOGIN.intersection(names):
        return SourceRefused("The login is refused", code="AUTH", seen=min(login))
    if names[0] in _THEIRS:
        return SourceUnavailable("The service reports a fault", code="SOAP-FAULT", seen=names[0])
    return SourceRefused("The service refuses the call", code="SOAP-FAULT", seen=names[0])


def _name(value: Value) -> str:
    """Return the local name of a code, its finer parts behind a dot left away."""
    name = str(value).strip().rpartition(":")[2].partition(".")[0]
    return "".join(c for c in name if c.isalnum())[:40]


def check_answer(reply: Reply, request: Request, system: System, body: Body) -> None:
    """Refuse an answer by its head, or by the fault in its body where that says more.

    Raises:
        HubError: as ``check_reply``; SOAP-FAULT or AUTH, what a fault under HTTP 400 or 500 says.
    """
    try:
        check_reply(reply, request, system)
    except SourceError as refusal:
        if system.format.type != "xml" or reply.status not in _WITH_FAULT:
            raise
        if fault := read_fault(body):
            raise fault from refusal
        raise


def read_fault(body: Body) -> SourceError | None:
    """Return the fault in the body of an answer with a bad status, None where it holds none."""
    target = Target(Plan((), FAULTS, ""))
    try:
        for _ in read(body, target):
            pass
    except ContractBroken:
        return None
    return fault_in(target.envelope)
