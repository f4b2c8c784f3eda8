"""What a run came to: small enough for a pipe, a log line or an XCom."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from contracts.errors import ContractBroken, HubError, SourceUnsafe
from contracts.partition import Partition
from contracts.verdict import Counts

APPLIED = frozenset({"loaded", "unchanged", "already", "superseded", "checked"})
"""Outcomes after which the partition shows what its source last said."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """One attempt at one partition, finished.

    Attributes:
        partition: what was attempted.
        outcome: ``loaded``, ``unchanged``, ``already``, ``superseded``, ``checked`` (judged
            only), ``rejected``, ``failed`` or ``parked`` (not attempted).
        token: the run's number in the ledger; 0 when the run was never claimed.
        counts: the balance, received = loaded + quarantined + duplicates.
        digest: content digest of the landing, empty when nothing was landed.
        frame_digest: digest of the judged rows; a replay under the same contract has the same.
        code: reason code where the outcome is rejected or failed.
        message: one sentence for a person; never a secret, never a personal value.
        exit_code: what a command that did only this would exit with.
        retry: whether trying again without touching anything may help.
        stop: whether it was a security stop: the source is left alone until asked for.
        seconds: wall time.
    """

    partition: Partition
    outcome: str
    token: int = 0
    counts: Counts = field(default_factory=Counts)
    digest: str = ""
    frame_digest: str = ""
    code: str = ""
    message: str = ""
    exit_code: int = 0
    retry: bool = False
    stop: bool = False
    seconds: float = 0.0

    @classmethod
    def failed(cls, partition: Partition, error: HubError, *, seconds: float = 0.0) -> Self:
        """Return the result of a run that an error ended; a broken contract rejects the day."""
        return cls(
            partition,
            "rejected" if isinstance(error, ContractBroken) else "failed",
            code=error.code,
            message=error.what,
            exit_code=error.exit_code or 1,
            retry=error.retry,
            stop=isinstance(error, SourceUnsafe),
            seconds=seconds,
        )

    @property
    def applied(self) -> bool:
        """Return whether the partition now shows what its source last said."""
        return self.outcome in APPLIED

    def plain(self) -> Mapping[str, Any]:
        """Return the result as JSON values, the partition flattened."""
        body = asdict(self)
        body.update(body.pop("partition"), day=self.partition.day.isoformat())
        return body
