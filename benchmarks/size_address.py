"""What readers ask for: one line per kind of address, drawn over agencies, periods, cuts, maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

MONTHS = ("2026-11", "2026-10", "2026-09", "2026-06", "2026-03", "2025-12", "2025-07", "2025-03")
PERIODS = (*MONTHS[:3], "2026-Q4", "2026-Q3", "2026-Q1", "2026-H1", "2025-H2", "2026", "2025")
LATELY = tuple(name for name in PERIODS if name.startswith("2026"))
AS_IT_COMES = 0.5
"""Share of readers who look at a page as its link opens it: now, Vietnamese, as reported."""
CALENDARS = ("civil", "report")
MAPS = ("reported", "today", "2025-06-30")
FORMS = {
    "II.06a": ("field", "unit", "agency"),
    "II.06b": ("procedure",),
    "07a": ("unit", "field", "agency"),
    "TH-2026": ("unit", "agency"),
    "MT": ("indicator",),
}
"""Forms and what their rows may be."""
OF_2026 = ("07a", "TH-2026")
"""Forms that no earlier period has."""
COUNTRY_ALONE = ("MT",)
"""Forms that are of no single agency."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of address.

    Attributes:
        name: key in the results, and what people read.
        weight: how often it is asked for, against the others.
        draw: gives one address.
    """

    name: str
    weight: float
    draw: Callable[["Deck"], str]


@dataclass(frozen=True, slots=True)
class Deck:
    """What addresses are drawn from.

    Attributes:
        random: gives the next card; seeded.
        agencies: codes that exist today.
        forms: forms that the pages list.
        days: some days of the newest month, as addresses write them.
    """

    random: Random
    agencies: Sequence[str]
    forms: Sequence[str]
    days: Sequence[str]

    def one(self, cards: Sequence[str]) -> str:
        """Return one card; the first half is drawn three times as often as the rest."""
        near = cards[: max(len(cards) // 2, 1)]
        return self.random.choice(near if self.random.random() < 0.75 else cards)

    def form(self, *, of_agency: bool = False) -> str:
        """Return the address of a form, of the country or of an agency."""
        forms = [name for name in self.forms if not (of_agency and name in COUNTRY_ALONE)]
        form = self.random.choice(forms)
        agency = {"agency": self.agency} if of_agency else {}
        cut = self.random.choice(FORMS[form])
        periods = {"period": self.one(LATELY)} if form in OF_2026 else {}
        return self.viewed(f"/forms/{form}", cut=cut, **agency, **periods)

    def cell(self, *, of_day: bool = False) -> str:
        """Return the address of what is behind one agency's cell, or of one day's records."""
        agency = self.agency
        deeper = {"of": agency, "day": self.one(self.days)} if of_day else {}
        column = str(self.random.randint(3, 13))
        query = {"cut": "agency", "row": agency, "column": column, **deeper}
        return f"/forms/II.06a/cell?{urlencode(query)}"

    def viewed(self, path: str, **more: str) -> str:
        """Return an address of a page: as people come to it, or in a view that they chose."""
        if self.random.random() < AS_IT_COMES:
            return f"{path}?{urlencode(more)}" if more else path
        query = {
            "period": self.one(PERIODS),
            "calendar": self.one(CALENDARS),
            "map": self.one(MAPS),
            "lang": self.one(("vi", "vi", "en")),
        }
        return f"{path}?{urlencode(query | more)}"

    @property
    def agency(self) -> str:
        """Return an agency's code."""
        return self.random.choice(self.agencies)


KINDS = (
    Kind("home", 6, lambda deck: deck.viewed("/")),
    Kind("home, now", 6, lambda _: "/"),
    Kind("index", 1, lambda deck: deck.viewed("/index-766")),
    Kind("completeness", 3, lambda deck: deck.viewed("/completeness")),
    Kind("agency", 6, lambda deck: deck.viewed(f"/agencies/{deck.agency}")),
    Kind("agency day", 2, lambda deck: f"/agencies/{deck.agency}/dossiers/{deck.one(deck.days)}"),
    Kind("form, country", 2, lambda deck: deck.form()),
    Kind("form, agency", 6, lambda deck: deck.form(of_agency=True)),
    Kind("form cell", 2, lambda deck: deck.cell()),
    Kind("cell records", 1, lambda deck: deck.cell(of_day=True)),
    Kind("forms", 1, lambda deck: deck.viewed("/forms")),
    Kind("quarantine", 2, lambda deck: deck.viewed("/quarantine")),
    Kind("data", 1, lambda deck: deck.viewed("/data")),
    Kind("publication", 1, lambda deck: deck.viewed("/publication")),
    Kind("health", 1, lambda _: "/health"),
)
