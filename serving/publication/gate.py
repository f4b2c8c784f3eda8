"""The gate: nothing unsigned, uncovered, unbalanced or unaudited leaves; each lack is named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from serving.numeral import Lang, day
from serving.publication.form import FormOutline, Identity
from serving.publication.report import exact
from serving.word import say
from warehouse.database import Connection
from warehouse.packet import unpublishable_days
from warehouse.signed import SignedForm


@dataclass(frozen=True, slots=True)
class Lack:
    """Why something must not leave.

    Attributes:
        code: ``UNKNOWN-FORM``, ``SUPERSEDED`` (signed anew since), ``UNCOVERED``, ``UNBALANCED``,
            ``NOT-AUDITED``.
        values: what its sentence names.
        action: the next command to type.
    """

    code: str
    action: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, lang: Lang) -> str:
        """Return what is missing, for people."""
        key = self.code.lower().replace("-", "_")
        return say(f"publication.lack_{key}", lang, **self.values)


@dataclass(frozen=True, slots=True)
class Audits:
    """Which days behind figures no passed audit stands behind, each span asked for once.

    Attributes:
        conn: an idle connection or one within a snapshot.
        is_needed: whether days must have passed the audit at all (HUB_PUBLISH_AUDIT).
    """

    conn: Connection = field(repr=False)
    is_needed: bool = True
    _known: dict[tuple[str, date, date], list[Lack]] = field(default_factory=dict, repr=False)

    def __call__(self, feed: str, first: date, last: date) -> list[Lack]:
        """Return the lack of a feed's days, naming how many they are and the first."""
        if not self.is_needed:
            return []
        span = (feed, first, last)
        if span not in self._known:
            days = unpublishable_days(self.conn, feed, first, last)
            self._known[span] = [_unaudited(feed, days)] if days else []
        return self._known[span]


def lacks(signed: SignedForm, form: FormOutline | None, audits: Audits) -> list[Lack]:
    """Return everything that keeps a signed form from leaving; nothing = it may leave."""
    if form is None:
        told = {"form": signed.form, "version": signed.form_version}
        return [Lack("UNKNOWN-FORM", "hub publish --dry-run", told)]
    found = [*_uncovered(signed, form), *_unbalanced(signed, form)]
    for feed in form.feeds:
        found += audits(feed, signed.first_day, signed.last_day)
    return found


def _unaudited(feed: str, days: Sequence[tuple[date, bool | None]]) -> Lack:
    first = days[0][0]
    told = {"feed": feed, "count": len(days), "day": day(first)}
    return Lack("NOT-AUDITED", f"hub audit {feed} {first}", told)


def _uncovered(signed: SignedForm, form: FormOutline) -> Iterator[Lack]:
    if signed.expected > 0 and signed.covered == signed.expected:
        return
    step = f"hub backfill --from {signed.first_day} --to {signed.last_day}"
    told = {"covered": signed.covered, "expected": signed.expected}
    yield Lack("UNCOVERED", f"{step} --feed {form.feeds[0]} --missing-only", told)


def _unbalanced(signed: SignedForm, form: FormOutline) -> Iterator[Lack]:
    """Yield a lack where a sum does not hold, or a figure of one is missing or below zero."""
    step = f"hub report {signed.form} --from {signed.first_day} --to {signed.last_day}"
    if not signed.figures:
        yield Lack("UNBALANCED", step, {"row": "–", "identity": "0"})
    for row in signed.figures:
        columns = exact(row["columns"])
        broken = next((one for one in form.identities if not holds(one, columns)), None)
        if broken is not None:
            named = str(row.get("code") or row.get("name") or "–")
            yield Lack("UNBALANCED", step, {"row": named, "identity": broken.text})
            return


def holds(identity: Identity, columns: Mapping[str, Any]) -> bool:
    """Tell whether a sum holds in one row."""
    figures = _figures(columns, (identity.total, *identity.parts))
    return figures is not None and figures[0] == sum(figures[1:])


def _figures(columns: Mapping[str, Any], names: Sequence[str]) -> list[int | Decimal] | None:
    found = [columns.get(name) for name in names]
    if all(isinstance(v, int | Decimal) and not isinstance(v, bool) and v >= 0 for v in found):
        return found  # type: ignore[return-value]
    return None
