"""Faults of transport (BAD_INPUT A): what happens at the socket, under a right or wrong answer."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sandbox.http import Response, Stunt, Wire
from sandbox.page import app_error, problem

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What a transport fault has to work with.

    Attributes:
        response: the right answer.
        shape: shape name.
        target: path and query of the request.
        detail: parameters of the fault.
    """

    response: Response
    shape: str
    target: str
    detail: Mapping[str, str]

    def number(self, name: str, default: float) -> float:
        """Return a numeric parameter."""
        return float(self.detail.get(name, default))


@dataclass(frozen=True, slots=True)
class WireFault:
    """A fault that replaces the answer or takes the connection over."""

    sentence: str
    play: Callable[[Scene], Response | Stunt]


def _raw(make: Callable[[Scene], bytes], *, reset: bool = False) -> Callable[[Scene], Stunt]:
    """Send these bytes and end the connection."""

    def play(scene: Scene) -> Stunt:
        async def stunt(wire: Wire) -> None:
            await wire.write(make(scene))
            wire.reset() if reset else wire.close()

        return stunt

    return play


def _close(_scene: Scene) -> Stunt:
    async def stunt(wire: Wire) -> None:
        wire.close()

    return stunt


def _reset(_scene: Scene) -> Stunt:
    async def stunt(wire: Wire) -> None:
        wire.reset()

    return stunt


def _silent(scene: Scene) -> Stunt:
    async def stunt(wire: Wire) -> None:
        await asyncio.sleep(scene.number("seconds", _HOUR))
        wire.close()

    return stunt


def _drip(scene: Scene) -> Stunt:
    async def stunt(wire: Wire) -> None:
        body = scene.response.body
        await wire.write(scene.response.head(len(body)))
        for i in range(len(body)):
            await wire.write(body[i : i + 1])
            await asyncio.sleep(scene.number("seconds", 0.5))
            if not wire.is_open:
                return
        wire.close()

    return stunt


def _late(scene: Scene) -> Stunt:
    async def stunt(wire: Wire) -> None:
        await asyncio.sleep(scene.number("seconds", 2))
        wire.send(scene.response)
        wire.close()

    return stunt


def _status(status: int) -> Callable[[Scene], Response]:
    return lambda _scene: problem(status, "theo yêu cầu / on demand")


def _too_many(default: str) -> Callable[[Scene], Response]:
    def play(scene: Scene) -> Response:
        wait = scene.detail.get("retry_after", default)
        return problem(429, "quá nhiều yêu cầu", {"Retry-After": wait})

    return play


def _overlong(scene: Scene) -> bytes:
    body = scene.response.body
    return scene.response.head(len(body) + 1000) + body


def _half(scene: Scene) -> bytes:
    body = scene.response.body
    return scene.response.head(len(body)) + body[: len(body) // 2]


def _chunked(scene: Scene, *, whole_chunk: bool) -> bytes:
    head = replace(scene.response, headers={"Transfer-Encoding": "chunked"}).head(None)
    body = scene.response.body
    part = body[: len(body) // 2]
    size = len(part) if whole_chunk else len(body)
    return head + f"{size:x}\r\n".encode() + part + (b"\r\n" if whole_chunk else b"")


def _unbounded(scene: Scene, share: float) -> bytes:
    body = scene.response.body
    head = scene.response.head(None).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    return head + body[: int(len(body) * share)]


def _gzip(change: Callable[[bytes], bytes]) -> Callable[[Scene], Response]:
    """Answer gzip bytes after a change; the length always matches."""

    def play(scene: Scene) -> Response:
        packed = change(gzip.compress(scene.response.body, 1, mtime=0))
        headers = {**scene.response.headers, "Content-Encoding": "gzip"}
        return replace(scene.response, parts=(packed,), headers=headers)

    return play


def _bad_crc(packed: bytes) -> bytes:
    return packed[:-8] + bytes(b ^ 0xFF for b in packed[-8:-4]) + packed[-4:]


def _bomb(scene: Scene) -> Response:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(int(scene.number("mebibytes", 1024))))
    headers = {"Content-Encoding": "gzip"}
    return replace(scene.response, parts=(packed + packer.flush(),), headers=headers)


def _big(scene: Scene) -> Stunt:
    """Send a document with as many blanks in front as asked for."""

    async def stunt(wire: Wire) -> None:
        blanks = int(scene.number("mebibytes", 128))
        body = scene.response.body
        await wire.write(scene.response.head((blanks << 20) + len(body)))
        for _ in range(blanks):
            await wire.write(b" " * (1 << 20))
        await wire.write(body)
        wire.close()

    return stunt


def _headers(count: int, length: int) -> Callable[[Scene], Response]:
    extra = {f"X-Extra-{i}": "x" * length for i in range(count)}
    return lambda scene: replace(scene.response, headers={**scene.response.headers, **extra})


def _framed_twice(*lines: str) -> Callable[[Scene], bytes]:
    def make(scene: Scene) -> bytes:
        body = scene.response.body
        head = scene.response.head(len(body))[:-2] + "".join(f"{x}\r\n" for x in lines).encode()
        return head + b"\r\n" + body

    return make


_HTML = "<!DOCTYPE html><html><head><title>Đăng nhập</title></head><body>…</body></html>".encode()


def _html(kind: str) -> Callable[[Scene], Response]:
    return lambda _scene: Response(200, (_HTML,), kind)


def _body(status: int, body: bytes) -> Callable[[Scene], Response]:
    return lambda scene: replace(scene.response, status=status, parts=(body,) if body else ())


def _redirect(default: str) -> Callable[[Scene], Response]:
    def play(scene: Scene) -> Response:
        target = scene.detail.get("target", default) or scene.target
        return problem(302, "đã chuyển", {"Location": target})

    return play


def _again(scene: Scene) -> Response:
    return problem(307, "đã chuyển", {"Location": scene.target})


WIRE: Mapping[str, WireFault] = {
    "close": WireFault("The connection is closed without an answer.", _close),
    "reset": WireFault("The connection is reset (RST) without an answer.", _reset),
    "never_answer": WireFault("The request is taken and never answered.", _silent),
    "drip": WireFault("One byte comes every half second (`seconds`).", _drip),
    "late": WireFault("The right answer comes after two seconds (`seconds`).", _late),
    **{
        f"http_{s}": WireFault(f"The status is {s}.", _status(s))
        for s in (400, 401, 403, 404, 410, 500, 502, 503, 504)
    },
    "http_429": WireFault("429 with Retry-After: 1 (`retry_after`).", _too_many("1")),
    "http_429_date": WireFault(
        "429 with a date in Retry-After.", _too_many("Wed, 21 Oct 2015 07:28:00 GMT")
    ),
    "http_429_negative": WireFault("429 with Retry-After: -1.", _too_many("-1")),
    "http_429_huge": WireFault("429 with Retry-After: 99999999.", _too_many("99999999")),
    "length_too_long": WireFault("Content-Length is 1,000 more than the body.", _raw(_overlong)),
    "cut": WireFault("The body breaks off half way (FIN), Content-Length was right.", _raw(_half)),
    "cut_reset": WireFault("The body breaks off half way (RST).", _raw(_half, reset=True)),
    "chunk_cut": WireFault(
        "A chunked body breaks off inside a chunk.", _raw(lambda s: _chunked(s, whole_chunk=False))
    ),
    "chunk_end_missing": WireFault(
        "A chunked body breaks off between chunks.", _raw(lambda s: _chunked(s, whole_chunk=True))
    ),
    "close_delimited": WireFault(
        "HTTP/1.0: the end of the connection ends the body; it is whole.",
        _raw(lambda s: _unbounded(s, 1)),
    ),
    "close_delimited_cut": WireFault(
        "HTTP/1.0: as before, but two thirds of the body.", _raw(lambda s: _unbounded(s, 2 / 3))
    ),
    "gzip": WireFault("A right answer in gzip (no fault).", _gzip(lambda b: b)),
    "gzip_cut": WireFault(
        "The gzip stream ends in its middle; the length matches.", _gzip(lambda b: b[: len(b) // 2])
    ),
    "gzip_trailer": WireFault(
        "Bytes follow the end of the gzip stream.", _gzip(lambda b: b + b"extra")
    ),
    "gzip_crc": WireFault("The checksum of the gzip stream is wrong.", _gzip(_bad_crc)),
    "gzip_bomb": WireFault("1 MB of gzip that unpacks to 1 GB (`mebibytes`).", _bomb),
    "big_page": WireFault("A page of 128 MiB, most of it blanks (`mebibytes`).", _big),
    "many_headers": WireFault("200 headers.", _headers(200, 10)),
    "long_header": WireFault("A header line of 70,000 bytes.", _headers(1, 70_000)),
    "double_length": WireFault(
        "Two different Content-Length headers.", _raw(_framed_twice("Content-Length: 7"))
    ),
    "length_and_chunked": WireFault(
        "Content-Length and Transfer-Encoding at once.",
        _raw(_framed_twice("Transfer-Encoding: chunked")),
    ),
    "html_page": WireFault("200 with a login page (text/html).", _html("text/html; charset=utf-8")),
    "html_as_json": WireFault(
        "200 with a login page labelled application/json.", _html("application/json")
    ),
    "app_error": WireFault("200 around the system's own error.", lambda s: app_error(s.shape)),
    "empty_body": WireFault("200 without a body.", _body(200, b"")),
    "no_content": WireFault("204.", _body(204, b"")),
    "empty_list": WireFault("200 with [] alone.", _body(200, b"[]")),
    "wrong_type": WireFault(
        "The right bytes as application/octet-stream.",
        lambda s: replace(s.response, kind="application/octet-stream"),
    ),
    "redirect_inside": WireFault("302 to the same address.", _redirect("")),
    "redirect_elsewhere": WireFault(
        "302 to another port (`target`).", _redirect("http://127.0.0.1:9/")
    ),
    "redirect_internal": WireFault(
        "302 to a link-local address.", _redirect("http://169.254.169.254/latest/")
    ),
    "redirect_file": WireFault("302 to a file: address.", _redirect("file:///etc/passwd")),
    "redirect_loop": WireFault("307 to itself; set times to -1.", _again),
}
