"""The sink: a file that is read as it is written."""

from io import RawIOBase
from typing import Any


class Sink(RawIOBase):
    """What a writer writes to and a sender takes from; it knows no place to go back to."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """Tell that it may be written to."""
        return True

    def write(self, data: Any) -> int:
        """Hold data until it is taken."""
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since it was last asked for."""
        held = bytes(self._held)
        self._held.clear()
        return held
