"""Agencies of a day, with the weights that share out the nation's volumes."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent
AGENCIES = HERE.parent / "contracts" / "lists" / "agencies.csv"

MERGER = date(2025, 7, 1)
"""63 provinces became 34 and districts ended (NQ 202/2025/QH15)."""

_PROVINCE_SHARE = 0.85
"""Share of all dossiers handled by provinces (assumption)."""


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency over one span of validity.

    Attributes:
        code: short code of QĐ 20/2020 (``H26``).
        name: Vietnamese name.
        start: first valid day; None = always.
        end: last valid day; None = until further notice.
        dossier_weight: part of the nation's dossiers, in no unit.
        document_weight: part of the nation's document movements, in no unit.
    """

    code: str
    name: str
    start: date | None
    end: date | None
    dossier_weight: float
    document_weight: float

    @property
    def is_province(self) -> bool:
        """Whether the agency is a province or city under the central government."""
        return self.code.startswith("H")

    def lives(self, day: date) -> bool:
        """Return whether the agency exists on the day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


def read_csv(name: str) -> list[dict[str, str]]:
    """Return the rows of a list that lies beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_agencies(path: Path = AGENCIES) -> tuple[Agency, ...]:
    """Return every agency span of the list, in file order.

    Dossiers follow population (average of 2020); a province formed by merger carries the
    population of the provinces that formed it.
    Source: General Statistics Office, population 2020 (``population.csv``).
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        weights = _Weights()
        return tuple(span for row in csv.DictReader(file) for span in weights.spans(row))


class _Weights:
    """Weights by agency code and validity."""

    @cached_property
    def ministries(self) -> Mapping[str, tuple[float, float]]:
        """Dossier and document weight by ministry code."""
        return {
            row["code"]: (float(row["dossier_weight"]), float(row["document_weight"]))
            for row in read_csv("ministry.csv")
        }

    @cached_property
    def before(self) -> Mapping[str, float]:
        """Thousand persons by code of the 63 provinces."""
        return {r["code"]: float(r["thousand_persons"]) for r in read_csv("population.csv")}

    @cached_property
    def after(self) -> Mapping[str, float]:
        """Thousand persons of 2020 by code of the 34 provinces."""
        people: dict[str, float] = {}
        for row in read_csv("population.csv"):
            code = row["code_since_2025_07_01"]
            people[code] = people.get(code, 0.0) + float(row["thousand_persons"])
        return people

    def spans(self, row: Mapping[str, str]) -> Iterator[Agency]:
        """Yield the agency of a list row, in two spans where it lives through the merger."""
        start, end = _day(row["valid_from"]), _day(row["valid_to"])
        lives_on = end is None or end >= MERGER
        if lives_on and (start is None or start < MERGER):
            yield from self._span(row, start, MERGER - timedelta(1))
            start = MERGER
        yield from self._span(row, start, end)

    def _span(
        self, row: Mapping[str, str], start: date | None, end: date | None
    ) -> Iterator[Agency]:
        code = row["code"]
        people = self.after if start is not None and start >= MERGER else self.before
        if code in people:
            share = people[code] / sum(people.values())
            yield Agency(code, _name(row), start, end, share * _PROVINCE_SHARE, share + 0.01)
        elif code in self.ministries:
            dossiers, documents = self.ministries[code]
            part = dossiers / sum(weight for weight, _ in self.ministries.values())
            weight = part * (1 - _PROVINCE_SHARE)
            yield Agency(code, _name(row), start, end, weight, documents / 1000)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _name(row: Mapping[str, str]) -> str:
    return next((row[k] for k in ("full_name_vi", "name_vi") if row.get(k)), row["code"])


def on(agencies: tuple[Agency, ...], day: date) -> Iterator[Agency]:
    """Yield the agencies that exist on the day."""
    return (agency for agency in agencies if agency.lives(day))
