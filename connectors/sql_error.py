"""What a database's error means for us: who must act. Texts of servers are never repeated."""

import re
import ssl
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.line import tls_failure
from contracts.errors import ContractBroken, HubError, SourceRefused, SourceUnavailable

_MEANINGS = {
    "postgresql": {
        "AUTH": ("28", "42501"),
        "DRIFT-MISSING": ("42P01", "42703", "3D000", "3F000"),
        "NET-TIMEOUT": ("57014", "55P03", "25P03", "25P04"),
        "NET-CONNECT": ("08", "57P", "53300"),
    },
    "mysql": {
        "AUTH": ("1044", "1045", "1142", "1143", "1698", "1820", "1862", "3118"),
        "DRIFT-MISSING": ("1146", "1054", "1049"),
        "NET-TIMEOUT": ("1205", "1969", "3024"),
        "NET-CONNECT": ("2003", "2006", "2013", "1040", "1053", "1927"),
    },
    "mssql": {
        "AUTH": ("18456", "18452", "18487", "18488", "4060", "229", "230", "916"),
        "DRIFT-MISSING": ("208", "207"),
        "NET-TIMEOUT": ("20003", "1222"),
        "NET-CONNECT": ("20002", "20004", "20006", "20009", "20017", "20047"),
    },
    "oracle": {
        "AUTH": ("1017", "1031", "1045", "28000", "28001", "28009"),
        "DRIFT-MISSING": ("942", "904"),
        "NET-TIMEOUT": ("1013", "DPY-4024"),
        "NET-CONNECT": ("12514", "12541", "DPY-6005", "DPY-4011", "DPY-1001", "3113", "3135"),
    },
}
"""Scheme -> code of ours -> how the server's codes begin (SQLSTATE) or what they are."""

_LOGIN = {
    "AUTH": r"password authentication|no password supplied|pg_hba\.conf|role .* does not exist"
    r"|permission denied",
    "DRIFT-MISSING": r"database .* does not exist",
    "TLS": r"certificate|SSL",
    "NET-TIMEOUT": r"timeout expired",
}
"""libpq gives no code for what goes wrong before a session is there, only its sentence."""

_CLASSES: dict[str, tuple[type[HubError], str]] = {
    "AUTH": (SourceRefused, "The database does not let us in"),
    "TLS": (SourceRefused, "The database cannot prove who it is, or speaks no TLS"),
    "DRIFT-MISSING": (ContractBroken, "A table or column is not there"),
    "NET-TIMEOUT": (SourceUnavailable, "The database does not answer in time"),
    "NET-CONNECT": (SourceUnavailable, "The database cannot be reached or hung up"),
    "APP-ERROR": (SourceUnavailable, "The database reports an error"),
}


def told(error: SQLAlchemyError | UnicodeError, scheme: str) -> HubError:
    """Return a database's error as one of ours, sorted by who must act."""
    if isinstance(error, UnicodeError):
        return ContractBroken("Text is not in the encoding that the database says", code="ENCODING")
    orig = error.orig if isinstance(error, DBAPIError) else None
    line = getattr(orig, "original_exception", None) or getattr(orig, "__context__", None)
    if isinstance(line, ssl.SSLError):
        return tls_failure(line)
    seen = _code(orig)
    code = "NET-TIMEOUT" if isinstance(line, TimeoutError) else _meaning(scheme, seen, str(orig))
    kind, sentence = _CLASSES[code]
    return kind(sentence, code=code, seen=seen)


def _code(orig: Any) -> str:
    """Return the server's own code: SQLSTATE, or a number."""
    if state := getattr(orig, "pgcode", None):
        return str(state)
    first = orig.args[0] if getattr(orig, "args", ()) else ""
    if isinstance(first, tuple):
        first = first[0]
    if full := getattr(first, "full_code", ""):
        return str(full).removeprefix("ORA-").lstrip("0")
    return str(first) if isinstance(first, int) else ""


def _meaning(scheme: str, seen: str, text: str) -> str:
    for code, begins in _MEANINGS[scheme].items():
        if seen in begins or (scheme == "postgresql" and seen and seen.startswith(begins)):
            return code
    if scheme == "postgresql" and not seen:
        found = (code for code, said in _LOGIN.items() if re.search(said, text))
        return next(found, "NET-CONNECT")
    return "APP-ERROR"
