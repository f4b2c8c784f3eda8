"""Objects of an S3 bucket over our own HTTP, so that allow-list, limits and TLS are the same.

botocore only signs (version 4); its client would follow the environment, redirects and regions
on its own.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from connectors.connection import Connection
from connectors.listing import Entry, below, listed
from connectors.login import read_secret
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Reply, Wire
from connectors.transport_http import HttpTransport
from contracts.errors import ContractBroken, SourceUnavailable

_LIST_BYTES = 16 * 2**20
_LISTS = 1_000
_KEYS = 1_000
"""Objects of one page of a listing, the most that S3 gives."""


def open_transport(source: Source, patience: Patience) -> "S3Transport":
    """Return the transport of an ``s3://`` connection.

    Raises:
        ConfigError: the secret cannot be read.
    """
    connection = source.connection
    parts = urlsplit(connection.url)
    place = f"{connection.endpoint.rstrip('/')}/{parts.netloc}"
    served = connection.model_copy(update={"url": place, "endpoint": ""})
    read = patience.read or source.system.read_seconds
    return S3Transport(HttpTransport(served, patience, read), connection, place)


class S3Transport:
    """Lists and reads objects of one bucket, addressed by path.

    Args:
        inner: carries requests to the endpoint, below the bucket.
        connection: ``username`` is the access key's id, the secret its key.
        place: address of the bucket.
    """

    def __init__(self, inner: HttpTransport, connection: Connection, place: str) -> None:
        self._inner, self._place, self._base = inner, place, connection.base
        keys = Credentials(connection.username, read_secret(connection))
        self._signer = S3SigV4Auth(keys, "s3", connection.region)

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._inner.close()

    def send(self, wire: Wire, most: int) -> Reply:
        """Return an object, or which object below a prefix matches; see ``HttpTransport.send``.

        An object is replaced as a whole, so it is never met half written.
        """
        key = below(self._base, wire.path).lstrip("/")
        if wire.method == "LIST":
            asked = {"list-type": "2", "delimiter": "/", "max-keys": str(_KEYS)}
            asked["prefix"] = f"{key}/" if key else ""
            reply = self._signed(_query(asked), _LIST_BYTES)
            return listed(self._entries(reply, asked), wire) if reply.status == 200 else reply
        reply = self._signed("/" + quote(key, safe="/~-._"), most)
        headers = {k: v for k, v in reply.headers.items() if k != "content-type"}
        return Reply(reply.status, headers, reply.chunks, reply.measured, reply.close)

    def _signed(self, target: str, most: int) -> Reply:
        request = AWSRequest("GET", self._place + target)
        self._signer.add_auth(request)
        headers = {str(name): str(value) for name, value in request.headers.items()}
        return self._inner.send(Wire("GET", target, headers), most)

    def _entries(self, reply: Reply, asked: dict[str, str]) -> Iterator[Entry]:
        for _ in range(_LISTS):
            page = _parsed(reply)
            for held in page.iterfind("{*}Contents"):
                told = {etree.QName(child).localname: child.text or "" for child in held}
                path = f"/{told['Key']}".removeprefix(self._base)
                yield Entry(path, int(told["Size"]), told["LastModified"])
            token = page.findtext("{*}NextContinuationToken")
            if not token:
                return
            asked = {**asked, "continuation-token": token}
            reply = self._signed(_query(asked), _LIST_BYTES)


def _query(asked: dict[str, str]) -> str:
    return "?" + urlencode(asked, quote_via=quote, safe="-._~")


def _parsed(reply: Reply) -> Any:
    """Return one page of a listing.

    Raises:
        SourceUnavailable: HTTP-5XX, the listing broke off.
        ContractBroken: XML-DTD, XML-SYNTAX.
    """
    body = b"".join(reply.chunks)
    reply.close()
    if reply.status != 200:
        told = f"HTTP {reply.status}"
        raise SourceUnavailable("The listing broke off", code="HTTP-5XX", seen=told)
    if b"<!DOCTYPE" in body:
        raise ContractBroken("A document type is declared", code="XML-DTD")
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ContractBroken("The listing is no XML", code="XML-SYNTAX") from error
