"""What is asked of a form: whose figures, over which days, on which map."""

from dataclasses import dataclass

from hub.period import Period
from serving.form.definition import Rows
from warehouse.map import Basis, map_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which form, of whom, over which days.

    Attributes:
        form: its short name.
        cut: what rows are.
        agency: code on the map; empty = the country.
        period: days, both ends included.
        calendar: ``report`` or ``civil``: how the period's name is cut.
        basis: the map; ``basis_name`` as addresses write it.
    """

    form: str
    cut: Rows
    agency: str
    period: Period
    calendar: str
    basis: Basis
    basis_name: str

    @property
    def parameters(self) -> dict[str, object]:
        """Return what statements of forms ask for: cut, agency and day of the map."""
        on_day = map_day(self.basis)
        return {"cut": self.cut, "agency": self.agency or None, "on_day": on_day}
