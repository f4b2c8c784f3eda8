"""Named steps of a load, where the fault campaign may stop a worker. Silent by default.

``HUB_FAULT_STEP=<step>:kill`` ends the process there with SIGKILL, as a crash or the
out-of-memory killer would; ``<step>:pause`` stops it with SIGSTOP until somebody sends SIGCONT.
"""

import os
import signal

STEPS = (
    "after_claim",
    "after_land",
    "after_judge",
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
"""In the order of a run; ``during_copy`` lies between two blocks of a COPY."""

_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}


def at(step: str) -> None:
    """Pass a named step."""
    asked = os.environ.get("HUB_FAULT_STEP")
    if asked is None:
        return
    name, _, action = asked.partition(":")
    if name == step:
        os.kill(os.getpid(), _SIGNALS[action or "kill"])
