"""A request as it goes over the wire: target, headers, body, and the login's part in them."""

import json
from dataclasses import replace
from urllib.parse import quote, urlencode

from connectors.login import Login
from connectors.protocol import Request
from connectors.source import Source
from connectors.transport import Wire


def wire_for(source: Source, request: Request, login: Login) -> Wire:
    """Return a request ready to be sent, signed by the login.

    Raises:
        SourceRefused: AUTH, the login gives no token or session.
    """
    body = login.body(request)
    wire = Wire(request.method, target_of(request), {**source.headers, **dict(request.headers)})
    if request.form:
        wire = _with_body(wire, "x-www-form-urlencoded", urlencode(request.form))
    elif isinstance(body, str):
        wire = replace(wire, body=body.encode())
    elif body is not None:
        wire = _with_body(wire, "json", json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    return login.sign(wire)


def target_of(request: Request) -> str:
    """Return path and query of a request, below the connection's address."""
    if request.exact:
        return request.path
    target = quote("/" + request.path.lstrip("/"), safe="/~-._,;:@")
    if request.query:
        target += "?" + urlencode(request.query, quote_via=quote, safe=",:/$")
    return target


def _with_body(wire: Wire, media: str, text: str) -> Wire:
    headers = {**wire.headers, "Content-Type": f"application/{media}"}
    return replace(wire, headers=headers, body=text.encode())
