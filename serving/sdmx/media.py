"""Media types: which representation a query asks for, by ``Accept`` or ``?format=``."""

from collections.abc import Iterator, Mapping
from typing import Literal

from starlette.requests import Request

from serving.sdmx.problem import not_acceptable

Media = Literal["json", "csv"]
VERSION = "2.0.0"
STRUCTURE = f"application/vnd.sdmx.structure+json;version={VERSION}"
DATA: Mapping[Media, str] = {
    "json": f"application/vnd.sdmx.data+json;version={VERSION}",
    "csv": f"application/vnd.sdmx.data+csv;version={VERSION}",
}
_STRUCTURES: Mapping[str, Media] = {
    "application/vnd.sdmx.structure+json": "json",
    "application/json": "json",
    "application/*": "json",
    "*/*": "json",
}
_DATA: Mapping[str, Media] = {
    "application/vnd.sdmx.data+json": "json",
    "application/vnd.sdmx.data+csv": "csv",
    "application/json": "json",
    "text/csv": "csv",
    "application/*": "json",
    "text/*": "csv",
    "*/*": "json",
}
_VERSIONS = {"", "2", "2.0", VERSION}


def data_media(request: Request) -> Media:
    """Return how data are asked for; JSON where nobody says.

    Raises:
        Problem: 406, in no way that is spoken here.
    """
    return _chosen(request, _DATA, ["json", "csv"])


def check_structure_media(request: Request) -> None:
    """Refuse structures in another way than JSON.

    Raises:
        Problem: 406.
    """
    _chosen(request, _STRUCTURES, ["json"])


def _chosen(request: Request, known: Mapping[str, Media], formats: list[Media]) -> Media:
    asked = request.query_params.get("format")
    if asked is not None:
        for media in formats:
            if asked in {media, f"{media}data", f"sdmx-{media}"}:
                return media
        raise not_acceptable("unknown format", seen=asked[:40], allowed=", ".join(formats))
    for kind, version in _accepted(request.headers.get("accept", "*/*")):
        if kind in known and version in _VERSIONS:
            return known[kind]
    raise not_acceptable(
        "no media type asked for is spoken here",
        seen=request.headers.get("accept", "")[:100],
        allowed=", ".join([*(f"{kind};version={VERSION}" for kind in known if "sdmx" in kind)]),
    )


def _accepted(header: str) -> Iterator[tuple[str, str]]:
    """Yield (media type, version) of an Accept header, the dearest first."""
    ranked: list[tuple[float, int, str, str]] = []
    for number, part in enumerate(header.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        told = dict(piece.partition("=")[::2] for piece in parameters)
        try:
            weight = float(told.get("q", "1"))
        except ValueError:
            weight = 0.0
        if weight > 0:
            ranked.append((-weight, number, kind, told.get("version", "").strip('"')))
    for _, _, kind, version in sorted(ranked):
        yield kind, version
