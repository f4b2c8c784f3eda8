"""Questions: which form an address asks for, of whom, over which days, on which map."""

from collections.abc import Mapping

from serving.form.asked import Asked
from serving.form.backing import Member
from serving.form.definition import Definition, Rows, form_names, version_of
from serving.problem import Problem
from serving.view import View

UNSTATED = "-"
"""How addresses name the row of what sources do not state: its code is empty."""


def asked_of(form: str, view: View) -> Asked:
    """Return the form that an address asks for.

    Raises:
        Problem: 404, no form is named so.
        ConfigError: it is not valid in the period, or its rows cannot be of that kind.
    """
    if form not in form_names():
        allowed = ", ".join(form_names())
        raise Problem(404, "FORM", "no form is named so", seen=form[:20], allowed=allowed)
    _, definition = version_of(form, view.period.last)
    return Asked(
        form=form,
        cut=_cut(definition, view.query.get("cut", "")),
        agency=_agency(definition, view.query.get("agency", "")),
        period=view.period,
        calendar=view.calendar.value,
        basis=view.basis,
        basis_name=view.basis_name,
    )


def place_in_address(asked: Asked) -> dict[str, str]:
    """Return what an address says of a form beside language, period, calendar and map."""
    return {"cut": asked.cut, "agency": asked.agency}


def member_of(query: Mapping[str, str]) -> Member:
    """Return the row that an address asks about; none named = the total."""
    code = query.get("row", "")
    return Member("" if code == UNSTATED else code, query.get("mark", ""), not code)


def _cut(definition: Definition, name: str) -> Rows:
    for cut in definition.rows:
        if name in {"", cut}:
            return cut
    allowed = ", ".join(definition.rows)
    raise Problem(400, "CUT", "rows of this form cannot be that", seen=name[:20], allowed=allowed)


def _agency(definition: Definition, code: str) -> str:
    if code and "indicator" in definition.rows:
        raise Problem(400, "AGENCY", "this form is of the country alone", seen=code[:20])
    return code[:20]
