"""Which rounds each failed design meets, and how many rounds of each kind a full campaign plays."""

from collections.abc import Mapping

from tests.faults import mutants, rounds
from tests.faults.design import Fenced
from tests.faults.rounds import Round
from tests.faults.server import Crash

ROUNDS_AT_MOST = 150
"""A mutant that lives longer has shown that the checker has no teeth (GUARANTEES, promise 3)."""

WEAK_SPOTS: Mapping[type[Fenced], Round] = {
    mutants.NoLock: rounds.interleaved,
    mutants.LocksMissingRow: rounds.interleaved,
    mutants.OldSnapshot: rounds.interleaved,
    mutants.ReadsFenceUnlocked: rounds.interleaved,
    mutants.FencesLast: rounds.interleaved,
    mutants.KeyPerVersion: rounds.taken_back,
    mutants.ChecksThenLoads: rounds.overtaken,
    mutants.Upserts: rounds.taken_back,
    mutants.LocksWithoutToken: rounds.overtaken,
    mutants.FlipsWithLooseCollector: rounds.overtaken_late,
    mutants.LocksBeside: rounds.terminated,
    mutants.StagesUnlogged: rounds.crashed,
    mutants.AcknowledgesEarly: rounds.crashed,
    mutants.Truncates: rounds.observed,
    mutants.Swaps: rounds.observed,
    mutants.NumbersLate: rounds.overtaken,
    mutants.FencesAppliedOnly: rounds.outrun,
    mutants.SplitRead: rounds.observed,
}
"""Mutant -> the kind of round that aims at its idea."""

PLACES = (
    "start",
    "after_claim",
    "during_pull",
    "after_land",
    "after_prepare",
    "after_lock",
    "after_delete",
    "during_copy",
    "after_copy",
    "after_quarantine",
    "after_flow",
    "before_commit",
    "after_commit",
)
"""Where the campaign kills workers of the warehouse's load; held against its steps by a test."""

ALL: Mapping[str, Round] = {
    **{f"killed_at_{place}": rounds.killed_at(place) for place in PLACES},
    **{
        played.__name__: played
        for played in (
            rounds.killed_anytime,
            rounds.killed_unheard,
            rounds.unanswered,
            rounds.redelivered,
            rounds.interleaved,
            rounds.neighbours,
            rounds.taken_back,
            rounds.overtaken,
            rounds.overtaken_late,
            rounds.outrun,
            rounds.terminated,
            rounds.terminated_anytime,
            rounds.observed,
        )
    },
    **{f"crashed_{how.name.lower()}": rounds.crashed_by(how) for how in Crash},
}
"""Every kind of round by name."""

FULL: Mapping[str, int] = {
    **{f"killed_at_{place}": 25 for place in PLACES},
    "killed_anytime": 180,
    "killed_unheard": 40,
    "unanswered": 40,
    "redelivered": 60,
    "interleaved": 120,
    "neighbours": 60,
    "taken_back": 40,
    "overtaken": 90,
    "overtaken_late": 60,
    "outrun": 60,
    "terminated": 200,  # of terminations at random moments a good half finds its worker done
    "terminated_anytime": 100,
    "observed": 100,
    **{f"crashed_{how.name.lower()}": 70 for how in Crash},
}
"""Rounds of a full campaign, so that every goal is met with some to spare."""

GOALS: Mapping[str, int] = {
    "kill": 500,
    "concurrent pair": 300,
    "correction mid-pull": 300,
    "terminate": 200,
    "pause": 100,
    "crash": 200,
}
"""Kind of fault -> least number in a full campaign (GUARANTEES, section 1)."""

KILLS_PER_STEP = 20
SNAPSHOTS_PER_MODE = 1000
