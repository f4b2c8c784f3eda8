"""SOAP envelopes of both versions, as the sandbox sends them."""

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from sandbox.http import Response

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
MEDIA = {
    SOAP_11: "text/xml; charset=utf-8",
    SOAP_12: "application/soap+xml; charset=utf-8",
}
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{WSS}wssecurity-secext-1.0.xsd", f"{WSS}wssecurity-utility-1.0.xsd"


def enveloped(soap: str, content: etree._Element, status: int = 200) -> Response:
    """Return an answer of a SOAP version."""
    make = ElementMaker(namespace=soap, nsmap={"S": soap})
    told = make.Envelope(make.Body(content))
    body = etree.tostring(told, encoding="UTF-8", xml_declaration=True)
    return Response(status, (body,), MEDIA[soap])


def fault(soap: str, code: str, text: str, status: int = 500) -> Response:
    """Return a fault; ``code`` is ``Client``, ``Server`` or a code of WS-Security."""
    is_plain = code in {"Client", "Server"}
    if soap == SOAP_11:
        plain = ElementMaker()
        prefix = "S" if is_plain else "wsse"
        parts = [plain.faultcode(f"{prefix}:{code}"), plain.faultstring(text)]
    else:
        make = ElementMaker(namespace=soap)
        value = make.Code(make.Value("S:Receiver" if code == "Server" else "S:Sender"))
        if not is_plain:
            value.append(make.Subcode(make.Value(f"wsse:{code}")))
        parts = [value, make.Reason(make.Text(text))]
    told = ElementMaker(namespace=soap, nsmap={"S": soap, "wsse": WSSE}).Fault(*parts)
    return enveloped(soap, told, status)
