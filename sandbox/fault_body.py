"""Faults of content (BAD_INPUT C, D, F): the bytes of an answer, changed before they are sent."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BodyFault:
    """A fault that changes the bytes of an answer."""

    sentence: str
    change: Callable[[bytes, str], bytes]
    """(whole body, shape name) -> body sent."""


_TEXT = {
    "one_stop_rest": rb'"code":',
    "portal_session": rb'"MaHoSo":',
    "portal_payments": rb'"MaHoSo":',
    "payment_gateway": rb'"dossierCode":',
    "axis_list": rb'"documentId":',
}
"""A kept text field of each shape, as its first occurrence in a page is written."""
_NUMBER = {
    "one_stop_rest": rb'"dossierStatus":\{"id":',
    "portal_session": rb'"TrangThaiHoSo":',
    "portal_payments": rb'"SoTien":',
    "payment_gateway": rb'"amount":',
    "axis_list": rb'"businessType":',
}
"""A kept number of each shape."""


def _text(value: bytes) -> Callable[[bytes, str], bytes]:
    """Write this JSON text into the kept text field of the first row."""

    def change(body: bytes, shape: str) -> bytes:
        pattern = b"(" + _TEXT.get(shape, rb'"\x00') + rb')"[^"]*"'
        return re.sub(pattern, lambda m: m[1] + value, body, count=1)

    return change


def _number(value: bytes) -> Callable[[bytes, str], bytes]:
    """Write this token into the kept number of the first row."""

    def change(body: bytes, shape: str) -> bytes:
        pattern = b"(" + _NUMBER.get(shape, rb'"\x00') + rb')"?-?\d+"?'
        return re.sub(pattern, lambda m: m[1] + value, body, count=1)

    return change


def _key_twice(body: bytes, shape: str) -> bytes:
    pattern = b"(" + _TEXT.get(shape, rb'"\x00') + rb')("[^"]*")'
    return re.sub(pattern, lambda m: m[0] + b"," + m[1] + b'"HAI-LAN"', body, count=1)


def _renamed(body: bytes, shape: str) -> bytes:
    name = _TEXT.get(shape, rb'"\x00')
    return body.replace(name, name[:-2] + b'Moi":')


def _missing(body: bytes, shape: str) -> bytes:
    return re.sub(_TEXT.get(shape, rb'"\x00') + rb'"[^"]*",', b"", body)


def _new_field(body: bytes, shape: str) -> bytes:
    name = _TEXT.get(shape, rb'"\x00')
    return body.replace(name, b'"truongMoi":"x",' + name)


def _as_text(body: bytes, shape: str) -> bytes:
    pattern = b"(" + _NUMBER.get(shape, rb'"\x00') + rb")(\d+)"
    return re.sub(pattern, rb'\1"so \2"', body)


def _in_thousandths(body: bytes, shape: str) -> bytes:
    pattern = b"((?:" + _NUMBER.get(shape, rb'"\x00') + rb'|"sumAmount":|"tongtien":)"?\d+)'
    return re.sub(pattern, rb"\g<1>000", body)


def _append(tail: bytes) -> Callable[[bytes, str], bytes]:
    return lambda body, _shape: body + tail


def _prolog(told: bytes) -> Callable[[bytes, str], bytes]:
    """Put something between an XML declaration and the document's root."""
    return lambda body, _shape: body.replace(b"?>", b"?>" + told, 1)


def _cut(body: bytes, _shape: str) -> bytes:
    return body[: max(1, len(body) * 2 // 3)]


def _second_line(change: Callable[[bytes], bytes]) -> Callable[[bytes, str], bytes]:
    """Change the first data line of a file."""

    def apply(body: bytes, _shape: str) -> bytes:
        lines = body.split(b"\n")
        if len(lines) > 2:
            lines[1] = change(lines[1])
        return b"\n".join(lines)

    return apply


def _header(change: Callable[[bytes], bytes]) -> Callable[[bytes, str], bytes]:
    def apply(body: bytes, _shape: str) -> bytes:
        head, newline, rest = body.partition(b"\n")
        return change(head) + newline + rest

    return apply


def _first_name_again(head: bytes) -> bytes:
    comma = b";" if b";" in head else b","
    names = head.rstrip(b"\r").split(comma)
    return comma.join([*names[:-1], names[1]])


def _comma(line: bytes) -> bytes:
    return b";" if line.count(b";") > line.count(b",") else b","


def _stray(line: bytes) -> bytes:
    first, _, rest = line.partition(_comma(line))
    return b'"' + first + b'"x' + _comma(line) + rest


def _deep(body: bytes, shape: str) -> bytes:
    return _text(b"[" * 100_000 + b"]" * 100_000)(body, shape)


BODY: Mapping[str, BodyFault] = {
    "json_duplicate_key": BodyFault("A key stands twice in the first record.", _key_twice),
    "json_nan": BodyFault("A number of the first record is NaN.", _number(b"NaN")),
    "json_infinity": BodyFault("A number of the first record is Infinity.", _number(b"Infinity")),
    "json_1e400": BodyFault("A number of the first record is 1e400.", _number(b"1e400")),
    "json_big_int": BodyFault(
        "A number of the first record is 2^64.", _number(b"18446744073709551616")
    ),
    "json_4301_digits": BodyFault(
        "A number of the first record has 4,301 digits.", _number(b"9" * 4301)
    ),
    "json_fraction": BodyFault("A number of the first record is 1000.5.", _number(b"1000.5")),
    "json_negative": BodyFault("A number of the first record is -5000.", _number(b"-5000")),
    "json_grouped": BodyFault(
        'A number of the first record is the text "1.234".', _number(b'"1.234"')
    ),
    "json_deep": BodyFault("A value is nested 100,000 deep.", _deep),
    "json_lone_surrogate": BodyFault(
        "A text holds the lone surrogate \\ud800.", _text(rb'"\ud800"')
    ),
    "json_nul": BodyFault("A text holds \\u0000.", _text(rb'"A\u0000B"')),
    "json_long_text": BodyFault(
        "A text is 200,000 characters long.", _text(b'"' + b"A" * 200_000 + b'"')
    ),
    "json_identity": BodyFault(
        "A code field holds a 12-digit identity number.", _text(b'"001090123456"')
    ),
    "json_trailing": BodyFault("Other text follows the document.", _append(b" xyz")),
    "json_two_documents": BodyFault("A second document follows the first.", _append(b"{}")),
    "json_comment": BodyFault("A comment follows the document.", _append(b"// het")),
    "json_trailing_comma": BodyFault("A comma follows the document.", _append(b",")),
    "json_cut": BodyFault("The document ends in its middle, with a matching length.", _cut),
    "json_bom": BodyFault(
        "A byte order mark precedes the document.", lambda b, _: b"\xef\xbb\xbf" + b
    ),
    "json_utf16": BodyFault("The document is UTF-16.", lambda b, _: b.decode().encode("utf-16")),
    "xml_doctype": BodyFault(
        "A document type with nested entities is declared.",
        _prolog(b"<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;&b;&b;'>]>"),
    ),
    "xml_latin1": BodyFault(
        "The document declares ISO-8859-1.",
        lambda b, _: re.sub(rb"encoding='[^']*'", b"encoding='ISO-8859-1'", b, count=1),
    ),
    "xml_control": BodyFault(
        "A text holds the control character 1.", lambda b, _: b.replace(b"</", b"\x01</", 1)
    ),
    "drift_new_field": BodyFault("Every record has a field that nobody announced.", _new_field),
    "drift_missing_field": BodyFault("A required field is in no record.", _missing),
    "drift_renamed_field": BodyFault("A required field has a new name.", _renamed),
    "drift_type": BodyFault("A number has become a text with words, in every record.", _as_text),
    "drift_unit": BodyFault(
        "A number and its sum are told a thousand times larger, in every record.", _in_thousandths
    ),
    "csv_utf16": BodyFault(
        "The file is UTF-16, as Excel's Unicode text.",
        lambda b, _: b.decode("utf-8-sig").encode("utf-16"),
    ),
    "csv_windows1258": BodyFault(
        "The file is Windows-1258, not UTF-8.",
        lambda b, _: b.decode("utf-8-sig").encode("cp1258", "replace"),
    ),
    "csv_bad_byte": BodyFault(
        "A byte of the first line is no UTF-8.", _second_line(lambda x: x[:-3] + b"\xff" + x[-2:])
    ),
    "csv_nul": BodyFault(
        "The first line holds a NUL byte.", _second_line(lambda x: x[:5] + b"\0" + x[5:])
    ),
    "csv_open_quote": BodyFault(
        "A quote opens in the first line and never closes.", _second_line(lambda x: b'"' + x)
    ),
    "csv_stray_quote": BodyFault('The first field reads "…"x.', _second_line(_stray)),
    "csv_ragged": BodyFault(
        "The first line has two columns more.",
        _second_line(lambda x: x.rstrip(b"\r") + _comma(x) + b"1" + _comma(x) + b"2"),
    ),
    "csv_long_field": BodyFault(
        "A field of the first line has 200,000 bytes.", _second_line(lambda x: b"A" * 200_000 + x)
    ),
    "csv_backslash_dot": BodyFault(
        r"A line \. stands inside the data.", _second_line(lambda x: x + b"\n\\.")
    ),
    "csv_header_twice": BodyFault("Two columns have the same name.", _header(_first_name_again)),
    "csv_header_missing": BodyFault("There is no header line.", lambda b, _: b.partition(b"\n")[2]),
    "csv_header_only": BodyFault(
        "The file is its header alone.", lambda b, _: b.partition(b"\n")[0] + b"\n"
    ),
    "csv_footer": BodyFault('A last line reads "Tổng cộng".', _append("Tổng cộng,3\r\n".encode())),
    "csv_cut": BodyFault("The file ends in its middle; .done speaks of these bytes.", _cut),
}
