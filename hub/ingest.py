"""The way of one partition: claim, pull, land, judge, load; live and from the archive alike."""

import gc
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from connectors.drive import Exchange, pull, request_from_json, request_json
from connectors.drive import replay as replay_pages
from connectors.protocol import cursor_of
from contracts.code_list import CodeLists
from contracts.errors import ConfigError, ContractBroken, HubBug, HubError
from contracts.judge import History, Judge
from contracts.model import Contract, load_contract, pinned_contract
from contracts.partition import Partition
from contracts.rule import Amount, UnitScale
from contracts.verdict import Judged, Outcome
from hub.desk import Desk
from hub.note import notes
from hub.result import RunResult
from warehouse import chain, ledger, step
from warehouse.archive import Landing
from warehouse.load import load as load_day

PULL_AGAIN = frozenset({"PAGE-DRIFT", "COUNT-MISMATCH"})
"""Codes that say the day moved under our feet while paging: a second pull may be whole."""

Pages = Generator[Exchange, None, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Errand:
    """One run of one partition, claimed.

    Attributes:
        partition: what it is about.
        token: the run's fencing number.
        contract: what it is judged by; pinned in the ledger.
        held: whether an unusual volume is held back; False when an operator accepted it.
        started: monotonic seconds.
        pulled_at: when the pull of what is judged began; of an archived landing that was long ago.
    """

    partition: Partition
    token: int
    contract: Contract
    held: bool
    started: float
    pulled_at: datetime


def run(desk: Desk, partition: Partition, *, reason: str, held: bool = True) -> RunResult:
    """Do all six steps in one pass: every page is archived and judged while it is at hand.

    Raises:
        HubError: the run failed; the ledger holds its code and sentence.
    """
    contract = load_contract(partition.feed, desk.registry.contract_name(partition))
    with _errand(desk, partition, contract, reason=reason, held=held) as errand:
        landing, judged = _pull_whole(desk, errand, lambda: _judge(desk, errand))
        assert judged is not None
        ledger.landed(desk.conn(), errand.token, landing, is_told=False)
        return _settle(desk, errand, landing, judged)


def land(desk: Desk, partition: Partition, *, reason: str) -> Landing:
    """Do steps 1 to 3 alone, for an orchestrator; ``load`` takes up the landing's token.

    Raises:
        HubError: the run failed; the ledger holds its code and sentence.
    """
    contract = load_contract(partition.feed, desk.registry.contract_name(partition))
    with _errand(desk, partition, contract, reason=reason, held=True) as errand:
        landing, _ = _pull_whole(desk, errand, lambda: None)
        ledger.landed(desk.conn(), errand.token, landing)
        return landing


def load(desk: Desk, token: int, *, held: bool = True) -> RunResult:
    """Do steps 4 to 6 from the archive for a landed run; harmless when done already.

    A run that failed after it had landed is closed; its landing is then loaded by a new run.

    Raises:
        ConfigError: no run has that number, or it never landed anything.
        HubError: the run failed; the ledger holds its code and sentence.
    """
    known = _landed_run(desk, token)
    landing = desk.archive.landing(known.manifest)
    contract = pinned_contract(known.contract)
    match known.state:
        case "running":
            pulled = _pulled_at(desk, landing)
            errand = Errand(known.partition, token, contract, held, monotonic(), pulled)
            with _recorded(desk, errand):
                return _settle(desk, errand, landing, _judge_archived(desk, errand, landing))
        case "failed" | "rejected":
            return _load_again(desk, known.partition, landing, contract, held=held)
    return RunResult(
        known.partition,
        "already",
        token=token,
        counts=known.counts,
        digest=known.content_digest,
    )


def replay(desk: Desk, partition: Partition, *, version: str = "") -> RunResult:
    """Judge and load a partition's newest landing again; no network, the same kind drives it.

    Args:
        desk: the worker's desk.
        partition: what to replay.
        version: contract version instead of the one that the landing's run pinned.

    Raises:
        ConfigError: nothing of the partition was ever landed.
        ArchiveCorrupt: the archive does not match its digests, or the kind would now ask
            something else than it asked then (``REPLAY-DIFFERS``).
        HubError: the run failed; the ledger holds its code and sentence.
    """
    known = ledger.last_landed(desk.conn(), partition)
    if known is None:
        raise ConfigError(
            "Chưa có bản gốc nào trong kho / nothing was landed yet",
            code="NOT-LANDED",
            where=str(partition),
            action=f"hub run {partition.agency} {partition.feed} {partition.day}",
        )
    landing = desk.archive.landing(known.manifest)
    pinned = pinned_contract(known.contract)
    contract = load_contract(pinned.feed, pinned.name, version) if version else pinned
    pulled = _pulled_at(desk, landing)
    with _errand(
        desk, partition, contract, reason="replay", held=False, pulled_at=pulled
    ) as errand:
        archived = (
            Exchange(request_from_json(request), page, last)
            for request, page, last in desk.archive.read(landing)
        )
        judge = _judge(desk, errand)
        declared = _drain(
            replay_pages(desk.source(partition).begun_at(landing.since), partition, archived),
            _to_judge(judge),
        )
        ledger.landed(desk.conn(), errand.token, landing, is_told=False)
        return _settle(desk, errand, landing, judge.close(declared))


def check(desk: Desk, partition: Partition) -> tuple[RunResult, Judged]:
    """Pull and judge a partition; nothing is written anywhere.

    Raises:
        HubError: the source did not serve, or the registry does not know the partition.
    """
    contract = load_contract(partition.feed, desk.registry.contract_name(partition))
    errand = Errand(partition, 0, contract, False, monotonic(), desk.clock())
    judge = _judge(desk, errand)
    declared = _drain(_live(desk, partition, _begin(desk, partition)), _to_judge(judge))
    judged = judge.close(declared)
    outcome = "rejected" if judged.outcome is Outcome.REJECT else "checked"
    return _result(errand, outcome, judged, digest=""), judged


@contextmanager
def _errand(
    desk: Desk,
    partition: Partition,
    contract: Contract,
    *,
    reason: str,
    held: bool,
    pulled_at: datetime | None = None,
) -> Iterator[Errand]:
    """Claim a run, of a pull that begins now by default; record what ends it early."""
    started, now = monotonic(), desk.clock()
    token = ledger.claim(desk.conn(), partition, contract=contract.id, reason=reason)
    errand = Errand(partition, token, contract, held, started, pulled_at or now)
    with _recorded(desk, errand):
        yield errand


@contextmanager
def _recorded(desk: Desk, errand: Errand) -> Iterator[None]:
    """Write an error's code and sentence to the ledger before it goes on its way.

    The one place where a bug is caught: its type is told, never its text, which may hold data.
    """
    try:
        yield
    except HubError as error:
        ledger.fail(desk.conn(), errand.token, error.at(str(errand.partition)))
        raise
    except KeyboardInterrupt:
        stopped = HubError("Dừng theo yêu cầu / stopped on request", code="INTERRUPTED")
        ledger.fail(desk.conn(), errand.token, stopped.at(str(errand.partition)))
        raise
    except Exception as error:
        bug = HubBug(
            "Lỗi của chính hệ thống / the hub failed",
            where=str(errand.partition),
            seen=type(error).__name__,
            action=f"báo lỗi kèm lượt {errand.token} / report it with run {errand.token}",
        )
        ledger.fail(desk.conn(), errand.token, bug)
        raise bug from error


def _pull_whole(
    desk: Desk, errand: Errand, new_judge: Callable[[], Judge | None]
) -> tuple[Landing, Judged | None]:
    """Pull a day, anew when its pages disagree with each other; the last word is the judge's."""
    for left in reversed(range(desk.settings.pulls)):
        try:
            landing, judged = _pull_once(desk, errand, new_judge())
        except HubError as error:
            if error.code not in PULL_AGAIN:
                raise
            if not left:
                raise _unsteady(error) from error
            continue
        if not left or landing.declared.get("rows", landing.rows) == landing.rows:
            return landing, judged
    raise AssertionError("a day is pulled at least once")


def _unsteady(error: HubError) -> ContractBroken:
    return ContractBroken(
        error.what, code=error.code, where=error.where, seen=error.seen, allowed=error.allowed
    )


def _pull_once(desk: Desk, errand: Errand, judge: Judge | None) -> tuple[Landing, Judged | None]:
    writer = desk.archive.writer(errand.partition, errand.token)
    with ExitStack() as undo:
        undo.callback(writer.abort)
        to_judge = _to_judge(judge) if judge else None

        def take(exchange: Exchange) -> None:
            writer.add(request_json(exchange.request), exchange.page, exchange.last)
            if to_judge:
                to_judge(exchange)

        since = _begin(desk, errand.partition)
        declared = _drain(_live(desk, errand.partition, since), take)
        landing = writer.close(declared, since=since, cursor=cursor_of(declared))
        undo.pop_all()
    return landing, judge.close(declared) if judge else None


def _begin(desk: Desk, partition: Partition) -> str:
    """Return the cursor that the pull of an incremental feed begins with; empty for others."""
    if not desk.source(partition).is_incremental:
        return ""
    return chain.begin(desk.conn(), partition)


def _live(desk: Desk, partition: Partition, since: str) -> Pages:
    source = desk.source(partition).begun_at(since)
    return pull(source, partition, courtesy=desk.courtesy, patience=desk.patience)


def _drain(pages: Pages, take: Callable[[Exchange], None]) -> Mapping[str, int]:
    """Take every page; return what the source declared."""
    with closing(pages), _without_collector():
        while True:
            try:
                exchange = next(pages)
            except StopIteration as end:
                declared: Mapping[str, int] = end.value
                return declared
            take(exchange)


def _to_judge(judge: Judge) -> Callable[[Exchange], None]:
    def take(exchange: Exchange) -> None:
        if exchange.request.data:
            judge.page(exchange.page)

    return take


def _judge_archived(desk: Desk, errand: Errand, landing: Landing) -> Judged:
    judge = _judge(desk, errand)
    take = _to_judge(judge)
    with _without_collector():
        for request, page, last in desk.archive.read(landing):
            take(Exchange(request_from_json(request), page, last))
    return judge.close(landing.declared)


def _load_again(
    desk: Desk, partition: Partition, landing: Landing, contract: Contract, *, held: bool
) -> RunResult:
    pulled = _pulled_at(desk, landing)
    with _errand(
        desk, partition, contract, reason="load again", held=held, pulled_at=pulled
    ) as errand:
        ledger.landed(desk.conn(), errand.token, landing, is_told=False)
        return _settle(desk, errand, landing, _judge_archived(desk, errand, landing))


def _judge(desk: Desk, errand: Errand) -> Judge:
    """Return a judge who knows the code lists of the day and, where asked, its history."""
    partition = errand.partition
    return Judge(
        errand.contract,
        desk.source(partition).source_map,
        partition,
        CodeLists.load(partition.day),
        history=_history(desk, errand) if errand.held else None,
    )


def _history(desk: Desk, errand: Errand) -> History:
    partition, often = errand.partition, errand.contract.frequency
    median, days = ledger.history(desk.conn(), partition, often)
    is_asked = days > 0 and errand.contract.batch(UnitScale) is not None
    medians = ledger.medians(desk.conn(), partition, often) if is_asked else {}
    return History(median, days, medians)


def _settle(desk: Desk, errand: Errand, landing: Landing, judged: Judged) -> RunResult:
    """Load an accepted day, close a rejected one; identities are not even kept as received."""
    step.at("after_judge")
    if judged.outcome is Outcome.REJECT:
        if any(reason.code == "PII-UNEXPECTED" for reason in judged.reasons):
            landing = desk.archive.discard(landing)
        ledger.reject(desk.conn(), errand.token, judged, landing)
        return _result(errand, "rejected", judged, digest=landing.content_digest)
    judged = replace(judged, notes=tuple(notes(desk.registry, landing, errand.pulled_at)))
    outcome = load_day(
        desk.conn(),
        errand.token,
        errand.partition,
        judged,
        landing,
        currency=_currency(errand.contract),
    )
    return _result(errand, str(outcome), judged, digest=landing.content_digest)


def _pulled_at(desk: Desk, landing: Landing) -> datetime:
    """Return when the pull that a landing came from began."""
    pulled = ledger.state(desk.conn(), landing.token)
    return pulled.started_at if pulled else desk.clock()


def _result(errand: Errand, outcome: str, judged: Judged, *, digest: str) -> RunResult:
    reason = next(iter((*judged.reasons, *judged.notes)), None)
    return RunResult(
        errand.partition,
        outcome,
        token=errand.token,
        counts=judged.counts,
        digest=digest,
        frame_digest=judged.frame.digest(),
        code=reason.code if reason else "",
        message=f"{reason.rule}: {reason.seen} ({reason.allowed})" if reason else "",
        exit_code=1 if judged.reasons else 0,
        seconds=monotonic() - errand.started,
    )


def _landed_run(desk: Desk, token: int) -> ledger.Run:
    known = ledger.state(desk.conn(), token)
    if known is None or not known.manifest:
        raise ConfigError(
            "Lượt này chưa có bản gốc / no such run, or it landed nothing",
            code="NOT-LANDED",
            where=str(known.partition) if known else f"run {token}",
            action="hub status",
        )
    return known


def _currency(contract: Contract) -> str:
    """Return the one currency of a contract's amounts."""
    amounts = filter(None, (field.rule(Amount) for field in contract.fields))
    return next((amount.currency for amount in amounts), "VND")


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the garbage collector out of the page loop.

    Lists of many strings trigger full collections that double the time; nothing in the loop
    makes cycles. Measured: docs/adr.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
