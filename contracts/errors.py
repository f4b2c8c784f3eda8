"""Errors, sorted by who must act.

HubError
├── ConfigError         the data engineer corrects a file; never retried
├── SourceError         something about a source of an agency
│   ├── SourceUnavailable   waiting helps; retried
│   ├── SourceRefused       the agency must act (credentials, request); not retried
│   └── SourceUnsafe        a security stop; never retried, the source is disabled
├── ContractBroken      the whole day is refused; the previous version stays
├── ArchiveCorrupt      the landing does not match its digest; the operator restores it
├── LoadConflict        another run holds the partition, or the database said "again"; retried
└── HubBug              us
"""

from typing import Self


class HubError(Exception):
    """Something went wrong; the text says what, where, seen, allowed and what to do next.

    Attributes:
        code: stable code of the outcome (the codes of docs/errors.md, e.g. ``NET-TIMEOUT``).
        where: what it is about: a file and key, or ``agency/feed/day``.
        seen: what was met; never a secret, never a personal value.
        allowed: what would have been right.
        action: the next step, as a sentence or a command to type.
    """

    default_code = "HUB"
    retry = False
    exit_code = 1

    def __init__(
        self,
        what: str = "",
        *,
        code: str = "",
        where: str = "",
        seen: str = "",
        allowed: str = "",
        action: str = "",
    ) -> None:
        doc = (type(self).__doc__ or "").splitlines()[0]
        self.what = what or doc
        self.code = code or self.default_code
        self.where = where
        self.seen = seen
        self.allowed = allowed
        self.action = action
        super().__init__(self.what)

    def __str__(self) -> str:
        """Return the whole sentence: ``[CODE] what | where … | seen … | allowed … | next …``."""
        parts = [f"[{self.code}] {self.what}"]
        named = (
            ("where", self.where),
            ("seen", self.seen),
            ("allowed", self.allowed),
            ("next", self.action),
        )
        parts += [f"{name}: {text}" for name, text in named if text]
        return " | ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts, so that the error crosses process boundaries whole."""
        return _rebuild, (type(self), self.what, self._named())

    def _named(self) -> dict[str, str]:
        return {k: getattr(self, k) for k in ("code", "where", "seen", "allowed", "action")}

    def at(self, where: str) -> Self:
        """Return this error with its place filled in, where the raiser did not know it."""
        self.where = self.where or where
        return self


def _rebuild(kind: type[HubError], what: str, named: dict[str, str]) -> HubError:
    return kind(what, **named)


class ConfigError(HubError):
    """A file or setting of ours is wrong; the data engineer corrects it; never retried."""

    default_code = "CONFIG"
    exit_code = 4


class SourceError(HubError):
    """An agency's source did not serve as agreed."""

    default_code = "SOURCE"
    exit_code = 3


class SourceUnavailable(SourceError):
    """The source cannot be reached or broke off; waiting helps; retried within a budget."""

    default_code = "NET"
    retry = True


class SourceRefused(SourceError):
    """The source refuses us (credentials, request); the agency acts; not retried."""

    default_code = "HTTP-4XX"


class SourceUnsafe(SourceError):
    """A security stop (egress, downgrade, smuggling); never retried; the source is disabled."""

    default_code = "EGRESS"


class ContractBroken(HubError):
    """The day breaks its contract as a whole; it is refused and the previous version stays."""

    default_code = "REJECT"
    exit_code = 1


class ArchiveCorrupt(HubError):
    """Archived bytes do not match their digest; replay is refused until they are restored."""

    default_code = "ARCHIVE-CORRUPT"


class LoadConflict(HubError):
    """Another run holds the partition or the database asked to try again; retried."""

    default_code = "CONFLICT"
    retry = True
    exit_code = 5


class HubBug(HubError):
    """The hub broke one of its own promises; report it with the run number."""

    default_code = "BUG"
