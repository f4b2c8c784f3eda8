"""The rounds: each is a way in which a load can go wrong, played from a seed.

A round opens partitions, moves workers, injects faults and returns the partitions to check.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from random import Random

from tests.faults import truth
from tests.faults.checker import check, converged
from tests.faults.server import Crash
from tests.faults.stage import Actor, Stage, State
from tests.faults.worker import PULLING

Round = Callable[[Stage, Random], list[int]]


def play(stage: Stage, kind: Round, seed: str) -> list[str]:
    """Play one round and return its findings, each with the seed that repeats it."""
    stage.findings.clear()
    try:
        parts = kind(stage, Random(seed))
        for part in parts:
            stage.findings += check(stage, part, "after the round")
            stage.findings += converged(stage, part)
    except TimeoutError as error:
        stage.findings.append(str(error))
    finally:
        stage.close()
    return [f"{kind.__name__} {seed}: {text}" for text in stage.findings]


def _open(stage: Stage, rng: Random) -> int:
    """Open a partition, new or loaded; a loaded one has mostly been corrected since."""
    part = stage.partition(loaded=rng.random() < 0.5)
    if rng.random() < 0.8:
        stage.source.correct(part)
    return part


def _ready(actors: list[Actor]) -> list[Actor]:
    return [actor for actor in actors if actor.state is State.PAUSED]


def _mingle(stage: Stage, rng: Random, actors: list[Actor]) -> None:
    """Move workers in turns of a few steps each, until all are over."""
    while ready := _ready(actors):
        actor = rng.choice(ready)
        for _ in range(rng.randint(1, 5)):
            if actor.state is State.PAUSED:
                stage.go(actor)
    stage.finish(*actors)


def _walk(stage: Stage, actor: Actor) -> None:
    """Move one worker until it is over or another blocks it."""
    while actor.state is State.PAUSED:
        stage.go(actor)


def _pulling(stage: Stage, part: int) -> Actor:
    """Start a worker that has claimed and begun to pull."""
    actor = stage.worker(part)
    stage.until(actor, PULLING)
    return actor


def _pair(stage: Stage, rng: Random, part: int) -> None:
    """Let two workers pull one after the other and load in any order."""
    first = _pulling(stage, part)
    if rng.random() < 0.7:
        stage.source.correct(part)
        stage.count("correction mid-pull")
    second = _pulling(stage, part)
    stage.count("concurrent pair")
    for actor in rng.sample([first, second], 2):
        stage.until(actor, rng.choice(stage.loading))
    _mingle(stage, rng, [first, second])


def neighbours(stage: Stage, rng: Random) -> list[int]:
    """Two days of one agency that know the same dossiers are replaced at once."""
    parts = [stage.partition(loaded=rng.random() < 0.7) for _ in range(2)]
    actors = []
    for part in parts:
        stage.source.correct(part)
        actors.append(_pulling(stage, part))
    _mingle(stage, rng, actors)
    return parts


def interleaved(stage: Stage, rng: Random) -> list[int]:
    """Two workers on one partition in any order, often with a correction between their pulls."""
    part = _open(stage, rng)
    _pair(stage, rng, part)
    return [part]


def taken_back(stage: Stage, rng: Random) -> list[int]:
    """The source corrects, and corrects again to what it said before."""
    part = stage.partition(loaded=True)
    for _ in range(3):
        stage.source.correct(part)
        if rng.random() < 0.5:
            _pair(stage, rng, part)
        else:
            stage.finish(stage.worker(part))
        stage.findings += check(stage, part, "after a correction")
    return [part]


def overtaken(stage: Stage, rng: Random) -> list[int]:
    """A worker is stopped, the source corrects, a newer run ends, the worker wakes up."""
    return _overtake(stage, rng, stage.loading[:4])


def overtaken_late(stage: Stage, rng: Random) -> list[int]:
    """The same, but the worker is stopped near its end, or past its COMMIT."""
    return _overtake(stage, rng, stage.loading[-3:])


def _overtake(stage: Stage, rng: Random, places: tuple[str, ...]) -> list[int]:
    part = _open(stage, rng)
    first = _pulling(stage, part)
    stage.until(first, rng.choice(places))
    stage.stop(first)
    stage.source.correct(part)
    second = stage.worker(part)
    stage.count("concurrent pair")
    stage.count("correction mid-pull")
    _walk(stage, second)
    stage.resume(first)
    _mingle(stage, rng, [first, second])
    return [part]


def outrun(stage: Stage, rng: Random) -> list[int]:
    """The run that claimed first pulls last: its token is older, its rows are newer."""
    part = _open(stage, rng)
    first = stage.worker(part)
    stage.until(first, "after_claim")
    second = _pulling(stage, part)
    stage.source.correct(part)
    stage.until(first, PULLING)
    stage.count("concurrent pair")
    stage.count("correction mid-pull")
    if rng.random() < 0.5:
        stage.finish(first)
    _mingle(stage, rng, [first, second])
    return [part]


def killed_at(place: str) -> Round:
    """Make the round that kills a worker at one step."""

    def killed(stage: Stage, rng: Random) -> list[int]:
        part = stage.partition(loaded=rng.random() < 0.7)
        stage.source.correct(part)
        first = stage.worker(part)
        stage.until(first, place)
        stage.source.correct(part)
        second = stage.worker(part) if rng.random() < 0.3 else None
        if second is not None:
            stage.until(second, rng.choice(stage.places))
        stage.kill(first)
        stage.findings += check(stage, part, f"after a kill at {place}")
        if second is not None:
            stage.finish(second)
        return [part]

    return killed


def killed(stage: Stage, rng: Random) -> list[int]:
    """A worker is killed at a step, perhaps while another waits for it."""
    return killed_at(rng.choice(stage.places))(stage, rng)


def killed_anytime(stage: Stage, rng: Random) -> list[int]:
    """A worker is killed at a random moment of its free run."""
    part = stage.partition(loaded=rng.random() < 0.7)
    stage.source.correct(part)
    first = stage.worker(part, free=True)
    time.sleep(rng.uniform(0.0, 0.08))
    stage.kill(first)
    return [part]


def killed_unheard(stage: Stage, rng: Random) -> list[int]:
    """COMMIT is sent, the worker dies before the answer, the server then reads the COMMIT."""
    part = stage.partition(loaded=rng.random() < 0.7)
    stage.source.correct(part)
    first = stage.worker(part)
    if not stage.until(first, "before_commit"):
        return [part]
    backend = stage.backends(first)[-1]
    os.kill(backend, signal.SIGSTOP)
    first.pipe.send("go")
    time.sleep(0.02)  # enough to send; if it was not, this is a kill before COMMIT
    assert first.process.pid is not None
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.join()
    stage.count("kill")
    os.kill(backend, signal.SIGCONT)
    stage.kill(first)
    stage.count("kill with COMMIT on its way")
    again = stage.worker(part, like=first)
    stage.finish(again)
    stage.count(f"COMMIT on its way, retry said {again.outcome}")
    return [part]


def unanswered(stage: Stage, rng: Random) -> list[int]:
    """COMMIT arrives, its answer is lost, the worker lives and asks again with its token."""
    part = stage.partition(loaded=rng.random() < 0.7)
    stage.source.correct(part)
    first = stage.worker(part)
    if stage.until(first, "before_commit"):
        stage.go(first, "deaf")
        stage.count("lost answer to COMMIT")
    stage.finish(first)
    stage.count(f"lost answer, retry said {first.outcome}")
    return [part]


def redelivered(stage: Stage, rng: Random) -> list[int]:
    """One task runs twice with one token, as after a broker's redelivery."""
    part = stage.partition(loaded=rng.random() < 0.7)
    stage.source.correct(part)
    first = _pulling(stage, part)
    stage.until(first, rng.choice(stage.loading))
    if rng.random() < 0.5:
        stage.source.correct(part)
    twin = stage.worker(part, like=first)
    stage.count("redelivery")
    _mingle(stage, rng, [first, twin])
    return [part]


def terminated(stage: Stage, rng: Random) -> list[int]:
    """A backend is terminated; in half of the rounds a newer run ends before its worker goes on."""
    part = _open(stage, rng)
    first = _pulling(stage, part)
    stage.until(first, rng.choice(stage.loading))
    stage.terminate(first, rng.randrange(2))
    if rng.random() < 0.7:
        stage.source.correct(part)
        second = stage.worker(part)
        _walk(stage, second)
        _mingle(stage, rng, [first, second])
    stage.finish(first)
    return [part]


def terminated_anytime(stage: Stage, rng: Random) -> list[int]:
    """Two free workers, one of them loses its backend at a random moment."""
    part = _open(stage, rng)
    actors = [stage.worker(part, free=True)]
    stage.source.correct(part)
    actors.append(stage.worker(part, free=True))
    stage.count("concurrent pair")
    stage.count("correction mid-pull")
    victim = rng.choice(actors)
    stage.await_backend(victim)
    time.sleep(rng.uniform(0.0, 0.05))
    stage.terminate(victim, 0)
    stage.finish(*actors)
    return [part]


def crashed_by(how: Crash) -> Round:
    """Make the round that crashes the database one way."""

    def crashed(stage: Stage, rng: Random) -> list[int]:
        parts = [stage.partition(loaded=rng.random() < 0.7) for _ in range(3)]
        actors = []
        for part in parts:
            stage.source.correct(part)
            actors.append(stage.worker(part))
            stage.until(actors[-1], rng.choice(stage.places))
        # The last word before the crash is an acknowledgement.
        if rng.random() < 0.7:
            _walk(stage, rng.choice(actors))
        stage.crash(how)
        for part in parts:
            stage.findings += check(stage, part, f"after {how}")
        stage.finish(*actors)
        return parts

    return crashed


def crashed(stage: Stage, rng: Random) -> list[int]:
    """The database crashes while three workers stand anywhere."""
    return crashed_by(rng.choice(list(Crash)))(stage, rng)


def observed(stage: Stage, rng: Random) -> list[int]:
    """A reader takes two looks in one transaction while the day is replaced."""
    part = stage.partition(loaded=True)
    stage.source.correct(part)
    actor = stage.worker(part)
    stage.until(actor, rng.choice(stage.places))
    with closing(stage.connect()) as reader, reader, reader.cursor() as cur:
        cur.execute(f"SET TRANSACTION ISOLATION LEVEL {stage.desk.reader}")
        figures = stage.desk.figures(cur, part)
        _walk(stage, actor)
        facts = stage.desk.facts(cur, part)
    stage.count("snapshot")
    seen = truth.seen(facts)
    if figures != (seen.rows, seen.total):
        stage.findings.append(f"a reader saw {figures} in the mart, {tuple(seen[:2])} in the facts")
    stage.finish(actor)
    return [part]
