"""SOAP envelopes as text: what is asked for, without who asks."""

from collections.abc import Mapping
from typing import Literal

from lxml import etree  # type: ignore[import-untyped]

Version = Literal["1.1", "1.2"]

URI: Mapping[Version, str] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}


def envelope(
    version: Version,
    namespace: str,
    operation: str,
    parameters: Mapping[str, str],
    *,
    qualified: bool = True,
) -> str:
    """Return the envelope of a document/literal call; equal arguments give equal text.

    Args:
        version: of SOAP.
        namespace: URI of the operation.
        operation: local name of the element that is the call.
        parameters: dotted path below that element -> text, in the order of the schema.
        qualified: whether the parameters' elements are in the namespace too.

    >>> envelope("1.1", "urn:x", "list", {"day.from": "1", "day.to": "2"}).partition("Body>")[2]
    '<list xmlns="urn:x"><day><from>1</from><to>2</to></day></list></soap:Body></soap:Envelope>'
    """
    soap = URI[version]
    root = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    body = etree.SubElement(root, f"{{{soap}}}Body")
    prefix = None if qualified else "op"
    call = etree.SubElement(body, f"{{{namespace}}}{operation}", nsmap={prefix: namespace})
    inner = f"{{{namespace}}}" if qualified else ""
    for path, text in parameters.items():
        element = call
        *above, last = path.split(".")
        for name in above:
            held = element[-1:] and element[-1].tag == inner + name
            element = element[-1] if held else etree.SubElement(element, inner + name)
        etree.SubElement(element, inner + last).text = text
    return str(etree.tostring(root, encoding="unicode"))


def headers(version: Version, action: str) -> tuple[tuple[str, str], ...]:
    """Return the HTTP headers of a call: SOAP 1.2 puts the action into the media type."""
    if version == "1.1":
        return ("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", f'"{action}"')
    told = f'; action="{action}"' if action else ""
    return (("Content-Type", f"application/soap+xml; charset=utf-8{told}"),)
