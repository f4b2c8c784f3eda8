"""What one benchmark run measures, how often, and what its figures must show."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

DAY = date(2026, 11, 20)
"""The benchmarked day; the agencies below live on it and publish through ``one_stop_rest``."""

FIGURES: dict[str, str] = {
    "floor_arrival": "COPY nhị phân, thứ tự đến / binary COPY of ready bytes, arrival order",
    "floor_sorted": "COPY nhị phân, xếp theo khoá / binary COPY of ready bytes, sorted by key",
    "ours": "lien-thong, một luồng / one stream",
    "ours_two": "lien-thong, hai tiến trình / two workers",
    "dlt_default": "dlt, mặc định / default, no contract",
    "dlt_csv": "dlt, CSV, không khế ước / CSV tuned, no contract",
    "dlt_contract": "dlt, CSV, có khế ước / CSV tuned, contract on",
}
"""Figures in the order in which every round takes them, and how people read them."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One quotient of throughputs of the same round, and the least it must be.

    Attributes:
        name: key in the results.
        above: figure whose rows per second are divided.
        below: figure by whose rows per second they are divided.
        least: required median; None where the ratio is only shown.
    """

    name: str
    above: str
    below: str
    least: float | None = None


RATIOS = (
    Ratio("ours_to_floor", "ours", "floor_arrival", 0.5),
    Ratio("ours_to_sorted_floor", "ours", "floor_sorted"),
    Ratio("ours_to_dlt_with_contract", "ours", "dlt_contract", 10.0),
    Ratio("ours_to_dlt_without_contract", "ours", "dlt_csv"),
    Ratio("ours_to_dlt_default", "ours", "dlt_default"),
    Ratio("two_workers_to_one", "ours_two", "ours", 1.0),
)
PEAK_MIB = 512.0
"""Highest resident memory one worker may reach over a day of ``Plan.rows`` dossiers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One benchmark run.

    Attributes:
        rows: dossiers of one agency and day; in the run of two workers each loads as many.
        dlt_rows: dossiers given to dlt, which is too slow for ``rows``; compared as rows/s.
        rounds: how often every figure is taken; rounds interleave the figures.
        page_size: dossiers per page, for all alike.
        agencies: two agencies whose dossiers come through ``one_stop_rest``.
        day: the day of all dossiers.
    """

    rows: int = 1_000_000
    dlt_rows: int = 50_000
    rounds: int = 3
    page_size: int = 1000
    agencies: tuple[str, str] = ("H26", "H29")
    day: date = DAY

    @classmethod
    def quick(cls) -> "Plan":
        """Return a run of a minute or two; its ratios carry more of the fixed costs."""
        return cls(rows=100_000, dlt_rows=20_000, rounds=3)

    def plain(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return asdict(self) | {"day": self.day.isoformat(), "agencies": list(self.agencies)}
