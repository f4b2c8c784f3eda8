"""A column that grows block by block."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Growing:
    """Numbers of one type, appended to; blocks joined at the end would stand in memory twice.

    Room that is not used yet takes no memory: the system gives a page when it is written to.
    """

    def __init__(self, dtype: type[np.int32 | np.int64]) -> None:
        self._room: NDArray[Any] = np.empty(0, dtype)
        self._length = 0

    def add(self, block: NDArray[Any]) -> None:
        """Append a block."""
        end = self._length + len(block)
        if end > len(self._room):
            held = self.column()
            self._room = np.empty(1 << (end - 1).bit_length(), held.dtype)
            self._room[: self._length] = held
        self._room[self._length : end] = block
        self._length = end

    def column(self) -> NDArray[Any]:
        """Return all numbers so far, in the memory in which they grew."""
        return self._room[: self._length]
