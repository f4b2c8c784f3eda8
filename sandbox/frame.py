"""Rows of a day as integer columns, before any source's spelling is put on them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sandbox.draw import I64, Draw

NULL = int(np.iinfo(np.int64).min)
"""Absent value."""

DAY = 86_400
"""Seconds in a day."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of one agency, feed and day.

    Instants are seconds since 1970-01-01T00:00 of Asia/Ho_Chi_Minh wall time; dates are days
    since 1970-01-01; the rest are list positions, codes or whole VND.

    Attributes:
        columns: by name, all of one length; ``at`` is the instant that the listing sorts by.
        draw: draws of each row, for what only its spelling needs.
    """

    columns: Mapping[str, I64]
    draw: Draw

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.draw.rows)

    def __getitem__(self, name: str) -> I64:
        return self.columns[name]

    def take(self, order: I64) -> "Frame":
        """Return the rows at the positions, in that order, as own copies."""
        return Frame({k: v[order] for k, v in self.columns.items()}, self.draw.take(order))
