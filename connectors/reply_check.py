"""What the head of an answer must say before its body is read."""

from collections.abc import Iterator

from connectors.format import Format
from connectors.patience import Busy, retry_after
from connectors.protocol import Request
from connectors.system import System
from connectors.transport import Reply
from contracts.errors import ContractBroken, SourceRefused, SourceUnavailable

_GOOD = {200, 204}
_HTML = {"text/html", "application/xhtml+xml"}
_PAGE = (b"<!doctype html", b"<html")
_FILE = "application/octet-stream"
_MEDIA = {
    "json": {"application/json", "text/json"},
    "xml": {"text/xml", "application/xml", "application/soap+xml"},
    "rows": set(),
    "csv": {"text/csv", "application/csv", _FILE, "text/plain"},
    "ndjson": {"application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain"},
    "sheet": {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        _FILE,
    },
}
_ZIP = {"application/zip", "application/x-zip-compressed", _FILE}
_MANIFEST = _MEDIA["json"] | _MEDIA["csv"]


def check_reply(reply: Reply, request: Request, system: System) -> None:
    """Refuse an answer by its status, media type or missing length.

    Raises:
        SourceUnavailable: HTTP-5XX, HTTP-429.
        SourceRefused: AUTH, HTTP-4XX.
        ContractBroken: NOT-DATA, CTYPE, LENGTH-UNKNOWN.
    """
    if reply.status not in _GOOD:
        raise _refusal(reply, request)
    if reply.status == 204:
        return
    if not reply.measured and not system.close_delimited:
        raise ContractBroken(
            "Nothing tells where the answer ends",
            code="LENGTH-UNKNOWN",
            allowed="Content-Length or chunked; or close_delimited in the system's file",
        )
    media = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in _HTML:
        raise _not_data()
    allowed = {*(_media(system.format) if request.data else _MANIFEST), *system.content_types}
    if media and media not in allowed and not _kind_of(media, allowed):
        raise ContractBroken(
            "The media type is not the agreed one",
            code="CTYPE",
            seen=media[:60],
            allowed=", ".join(sorted(allowed)),
        )


def _media(shape: Format) -> set[str]:
    return _ZIP if shape.zip else _MEDIA[shape.type]


def _kind_of(media: str, allowed: set[str]) -> bool:
    """Return whether a media type says that it is written in an allowed one (``…+xml``)."""
    return f"application/{media.rpartition('+')[2]}" in allowed and "+" in media


def _refusal(reply: Reply, request: Request) -> SourceUnavailable | SourceRefused:
    seen = f"HTTP {reply.status} for {request.method} {request.path.partition('?')[0]}"
    match reply.status:
        case 401 | 403:
            return SourceRefused("The source does not let us in", code="AUTH", seen=seen)
        case 429 | 408:
            busy = Busy("The source asks for a pause", code="HTTP-429", seen=seen)
        case status if 400 <= status < 500:
            return SourceRefused("The source refuses the request", seen=seen)
        case status if status >= 500:
            busy = Busy("The source is out of order", code="HTTP-5XX", seen=seen)
        case _:
            busy = Busy("The source answers with no usable status", code="HTTP-PROTO", seen=seen)
    busy.after = retry_after(reply.headers.get("retry-after"))
    return busy


def sniffed(chunks: Iterator[bytes], *, markup: bool = False) -> Iterator[bytes]:
    """Pass a body on unless it begins like a web page; any ``<`` does where no ``markup`` is due.

    Raises:
        ContractBroken: NOT-DATA.
    """
    begun = False
    for chunk in chunks:
        head = b"" if begun else chunk[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.lower().startswith(_PAGE if markup else b"<"):
            raise _not_data()
        begun = begun or bool(head)
        yield chunk


def _not_data() -> ContractBroken:
    return ContractBroken(
        "A web page came instead of data", code="NOT-DATA", action="look for an expired login"
    )
