"""Looks at the database after a round and says what is wrong with it, in words."""

from collections.abc import Iterator

from tests.faults import truth
from tests.faults.stage import Stage


def check(stage: Stage, part: int, when: str) -> list[str]:
    """Return every broken promise about one partition; empty when all hold."""
    stage.observer.autocommit = False
    with stage.observer, stage.observer.cursor() as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        facts = stage.desk.facts(cur, part)
        figures = stage.desk.figures(cur, part)
        wrong = list(stage.desk.ledger(cur, part))
        forgotten = [t for t in stage.tokens.get(part, ()) if not stage.desk.applied(cur, part, t)]
    stage.observer.autocommit = True
    seen = truth.seen(facts)
    found = [*_version(stage, part, facts, seen), *wrong]
    if figures != (seen.rows, seen.total):
        found.append(f"mart says {figures}, facts say {(seen.rows, seen.total)}")
    found += [f"acknowledged run {token} is not in the ledger" for token in forgotten]
    return [f"partition {part} {when}: {text}" for text in found]


def _version(stage: Stage, part: int, facts: list[truth.Row], seen: truth.Seen) -> Iterator[str]:
    """Exactly one whole version, none older than what was acknowledged."""
    newest = stage.source.newest(part)
    shown = [v for v in range(newest + 1) if truth.truth(part, v) == seen]
    acked = stage.acked.get(part, 0)
    if not shown:
        doubled = len(facts) - len(set(facts))
        yield f"{seen.rows} rows ({doubled} doubled) are no version of the source"
    elif shown[-1] < acked:
        what = "nothing" if shown[-1] == 0 else f"version {shown[-1]}"
        yield f"shows {what} after version {acked} was acknowledged"


def converged(stage: Stage, part: int) -> list[str]:
    """Return what is wrong once one clean run has followed the faults."""
    actor = stage.worker(part)
    stage.finish(actor)
    found = check(stage, part, "after a clean run")
    if stage.acked.get(part, 0) != stage.source.newest(part):
        found.append(f"partition {part}: a clean run ended as {actor.outcome!r}")
    return found
