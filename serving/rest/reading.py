"""A reading: one answer's rows with all that stands beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from serving.dataset import About, Catalogue, Dataset, map_name
from warehouse.database import Connection
from warehouse.dataset import Behind, Row, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read of a dataset.

    Attributes:
        dataset: of which.
        about: what it is.
        chosen: which rows.
        behind: coverage and newest load.
    """

    dataset: Dataset
    about: About
    chosen: Selection
    behind: Behind

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what stands beside the rows, as names and texts."""
        coverage, as_of = self.behind.coverage, self.behind.as_of
        return {
            "dataset": self.dataset.name,
            "period_from": self.chosen.first.isoformat(),
            "period_to": self.chosen.last.isoformat(),
            "map": map_name(self.chosen),
            "agency": self.chosen.agency,
            "coverage_expected": str(coverage.expected),
            "coverage_covered": str(coverage.covered),
            "as_of": as_of.isoformat() if as_of else "",
        }

    @property
    def headers(self) -> dict[str, str]:
        """Return coverage and newest load as headers."""
        facts = self.facts
        return {
            "X-Coverage-Expected": facts["coverage_expected"],
            "X-Coverage-Covered": facts["coverage_covered"],
            "X-As-Of": facts["as_of"] or "none",
        }

    @property
    def file_name(self) -> str:
        """Return the name of a file of it, without its ending."""
        return f"{self.dataset.name}_{self.chosen.first:%Y%m%d}_{self.chosen.last:%Y%m%d}"


def read(conn: Connection, catalogue: Catalogue, dataset: Dataset, chosen: Selection) -> Reading:
    """Return a reading without its rows yet."""
    return Reading(
        dataset=dataset,
        about=dataset.about(catalogue),
        chosen=chosen,
        behind=dataset.behind(conn, chosen),
    )


Rows = Iterator[Row]
