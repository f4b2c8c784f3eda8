"""Packets of a signed form: its data, its outline, its status. Figures go as printed, untouched."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from serving.publication.form import FormOutline, filled
from warehouse.packet import Packet
from warehouse.signed import SignedForm

Figure = int | Decimal
Values = dict[str, Any]


def head(signed: SignedForm) -> Values:
    """Return what every packet of a signed form begins with."""
    return {
        "form": signed.form,
        "version": signed.form_version,
        "unit": signed.agency,
        "period": signed.period,
        "calendar": signed.calendar,
        "first_day": signed.first_day,
        "last_day": signed.last_day,
        "basis": signed.basis,
    }


def report_data(signed: SignedForm) -> Values:
    """Return the rows as signed, with their number and the sums of their columns for checking."""
    rows = [
        {
            "code": row.get("code"),
            "name": row.get("name"),
            "mark": row.get("mark"),
            "figures": _cells(row["columns"]),
        }
        for row in signed.figures
    ]
    return {
        **head(signed),
        "cut": signed.cut,
        "signed_at": signed.signed_at,
        "fingerprint": signed.fingerprint,
        "rows": rows,
        "row_count": len(rows),
        "totals": _cells(control_totals(signed.figures)),
    }


def list_data(signed: SignedForm) -> Values:
    """Return the rows of a list form as signed."""
    rows = [
        {"code": row.get("code"), "name": row.get("name"), "values": _cells(row["columns"])}
        for row in signed.figures
    ]
    return {
        **head(signed),
        "signed_at": signed.signed_at,
        "fingerprint": signed.fingerprint,
        "rows": rows,
        "row_count": len(rows),
    }


def outline(signed: SignedForm, form: FormOutline) -> Values:
    """Return the outline: sentences of the form's definition around the signed figures alone."""
    totals = totals_of(signed.figures)
    sections = [
        {"code": section.code, "title": section.title, "text": filled(section, totals)}
        for section in form.sections
    ]
    return {**head(signed), "fingerprint": signed.fingerprint, "sections": sections}


def status(signed: SignedForm, sent: Packet) -> Values:
    """Return the status of a report whose data was acknowledged."""
    return {
        **head(signed),
        "state": "DaGui",
        "signed_at": signed.signed_at,
        "received_at": datetime.fromisoformat(sent.receipt["received_at"]),
        "receipt": sent.number,
        "fingerprint": signed.fingerprint,
        "expected": signed.expected,
        "covered": signed.covered,
    }


def control_totals(figures: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """Return column -> sum over all rows, a printed total included: a check, no figure."""
    sums: dict[str, Figure] = {}
    for row in figures:
        for column, value in exact(row["columns"]).items():
            if isinstance(value, int | Decimal):
                sums[column] = sums.get(column, 0) + value
    return sums


def totals_of(figures: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """Return column -> total of the form: its printed total where it has one, else the sum.

    A row without a code that is the sum of all the others is the printed total.
    """
    sums = control_totals(figures)
    for row in figures:
        printed = control_totals([row])
        if not row.get("code") and all(2 * printed.get(c, 0) == s for c, s in sums.items()):
            return printed
    return sums


def exact(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return column -> figure without binary fractions: 17.97 as the decimal it was written as."""
    return {
        str(column): Decimal(repr(value)) if isinstance(value, float) else value
        for column, value in columns.items()
    }


def _cells(columns: Mapping[str, Any]) -> list[Values]:
    return [{"column": column, "value": value} for column, value in exact(columns).items()]
