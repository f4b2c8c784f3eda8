"""Programs of tests that are interrupted as a terminal does it."""

import signal


def listen_to_interrupts() -> None:
    """Undo what shells do to jobs in the background: their SIGINT is ignored from the start.

    For ``preexec_fn``: tests may themselves run in the background.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
