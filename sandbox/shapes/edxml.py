"""Received documents as edXML messages of QCVN 102:2016, and the list that names them."""

from collections.abc import Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from sandbox.person import CONTENT_MARK, PHONE_MARK
from sandbox.shapes.axis import Movements

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
"""Name of the vocabulary; nobody asks it for anything."""
_MAKE = ElementMaker(namespace=NAMESPACE, nsmap={"edXML": NAMESPACE})


def item(name: str, movement: Movements) -> Mapping[str, Any]:
    """Return a message as the list tells of it."""
    return {
        "DocId": name,
        "from": movement.sender,
        "to": movement.receiver,
        "messagetype": "edoc",
        "servicetype": "eDoc",
        "created_time": movement.moved,
    }


def receipt(name: str, movement: Movements) -> Mapping[str, Any]:
    """Return the receipt of a message as the list tells of it; it is no document."""
    return {**item(name, movement), "messagetype": "status"}


def message(movement: Movements) -> bytes:
    """Return a message: root in the default namespace, the rest with a prefix, as SDKs write."""
    root = etree.Element(f"{{{NAMESPACE}}}edXML", nsmap={None: NAMESPACE})
    envelope = _MAKE.edXMLEnvelope(
        _MAKE.edXMLHeader(_header(movement), _trace(movement)),
        _MAKE.edXMLBody(_MAKE.Manifest(_MAKE.Reference(_MAKE.AttachmentName("van-ban.pdf")))),
    )
    root.append(envelope)
    root.append(_MAKE.AttachmentEncoded(_MAKE.Attachment("JVBERi0xLjcK" * 400)))
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _header(movement: Movements) -> etree._Element:
    number, _, notation = movement.document_id.rpartition(",")[2].partition("/")
    return _MAKE.MessageHeader(
        _MAKE.From(
            _MAKE.OrganId(movement.sender),
            _MAKE.OrganName("Cơ quan gửi"),
            _MAKE.Telephone(f"{PHONE_MARK}001"),
        ),
        _MAKE.To(_MAKE.OrganId(movement.receiver)),
        _MAKE.To(_MAKE.OrganId("000.00.00.G22")),
        _MAKE.Code(_MAKE.CodeNumber(number), _MAKE.CodeNotation(notation)),
        _MAKE.PromulgationInfo(_MAKE.Place("Hà Nội"), _MAKE.PromulgationDate(movement.issued)),
        _MAKE.DocumentType(_MAKE.Type("1"), _MAKE.TypeName(movement.type_name)),
        _MAKE.Subject(movement.subject),
        _MAKE.Content(f"{CONTENT_MARK} {movement.document_id}"),
        _MAKE.SignerInfo(_MAKE.Competence("KT."), _MAKE.FullName(movement.signer)),
        _MAKE.OtherInfo(_MAKE.Priority(str(movement.priority)), _MAKE.PageAmount("2")),
        _MAKE.DocumentId(movement.document_id),
    )


def _trace(movement: Movements) -> etree._Element:
    return _MAKE.TraceHeaderList(
        _MAKE.TraceHeader(_MAKE.OrganId(movement.sender), _MAKE.Timestamp(movement.moved)),
        _MAKE.Bussiness(_MAKE.BussinessDocType(str(movement.business))),
    )
