"""The printed form equals figures recomputed here, in plain Python, from the landed records."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from lxml import html  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from connectors.agency import FOLDER
from hub.settings import Settings
from serving.service import Service
from tests.acceptance.nation import Sandbox
from tests.serving.spreadsheet import rows_of
from warehouse.archive import Archive
from warehouse.database import connect

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
MERGER = date(2025, 7, 1)
PERIODS = {
    "period=2026-11&calendar=report": (date(2026, 10, 15), date(2026, 11, 14)),
    "period=2026-10&calendar=civil": (date(2026, 10, 1), date(2026, 10, 31)),
    "period=2025-07&calendar=report": (date(2025, 6, 15), date(2025, 7, 14)),
    "period=2025-07&calendar=civil": (date(2025, 7, 1), date(2025, 7, 31)),
}
AGENCIES = ("G01", "H26", "H60")
MAPS = ("reported", "today", "2025-06-30")

pytestmark = pytest.mark.usefixtures("place")


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the last change of one dossier says, by the day that told it."""

    agency: str
    told_on: date
    unit: str
    status: str
    channel: str
    submitted: date | None
    received: date | None
    due: date | None
    finished: date | None
    returned: date | None

    @property
    def opened(self) -> date:
        return self.received or self.submitted or self.told_on

    @property
    def closed(self) -> date | None:
        if self.status in {"finished", "returned"}:
            return max(self.finished or self.returned or self.told_on, self.opened)
        if self.status in {"withdrawn", "stopped"}:
            return max(self.finished or self.told_on, self.opened)
        return None


@pytest.fixture(scope="module")
def landed(reading: Service, place: tuple[Sandbox, Settings]) -> list[Dossier]:
    """Give every dossier's last change as it was landed, without quarantined rows."""
    archive = Archive(str(place[1].state / "archive"))
    last: dict[tuple[str, str], Dossier] = {}
    for agency, day, manifest, kept_out in _heads(reading.url):
        for row in _rows(archive, manifest, agency, kept_out):
            last[agency, row["dossier_code"]] = _dossier(agency, day, row)
    return list(last.values())


def _heads(url: str) -> list[tuple[str, date, str, set[int]]]:
    with closing(connect(url)) as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT agency_code, day, row_number FROM ledger.quarantine WHERE feed = 'dossiers'"
        )
        kept_out: dict[tuple[str, date], set[int]] = {}
        for agency, day, number in cursor:
            kept_out.setdefault((agency, day), set()).add(number)
        cursor.execute(
            "SELECT h.agency_code, h.day, r.manifest FROM ledger.head AS h"
            " JOIN ledger.run AS r ON r.run_id = h.facts_run"
            " WHERE h.feed = 'dossiers' AND h.applied > 0 ORDER BY h.day"
        )
        return [(a, d, manifest, kept_out.get((a, d), set())) for a, d, manifest in cursor]


def _rows(
    archive: Archive, manifest: str, agency: str, kept_out: set[int]
) -> Iterator[dict[str, Any]]:
    fields, number = _fields(agency), 0
    for _, page, _ in archive.read(archive.landing(manifest)):
        for at in range(page.rows):
            if number not in kept_out:
                read = {n: (page.columns[f["path"]][at], f) for n, f in fields.items()}
                yield {name: _value(*told) for name, told in read.items()}
            number += 1


def _fields(agency: str) -> Mapping[str, dict[str, Any]]:
    """Return where an agency's system writes each field, from its own file."""
    [file] = FOLDER.glob(f"{agency.lower()}_*.yaml")
    system = yaml.safe_load(file.read_text())["feeds"]["dossiers"]["system"]
    told = yaml.safe_load((Path(FOLDER).parent / "systems" / f"{system}.yaml").read_text())
    return {n: {"path": f} if isinstance(f, str) else f for n, f in told["fields"].items()}


def _value(seen: object, field: Mapping[str, Any]) -> Any:
    if seen is None or seen == "":
        return None
    text = unicodedata.normalize("NFC", str(seen)).strip()
    match field.get("format"):
        case None:
            return field.get("codes", {}).get(text, text)
        case "iso":
            return datetime.fromisoformat(text).astimezone(LOCAL).date()
        case _:
            return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").date()  # noqa: DTZ007 - local


def _dossier(agency: str, day: date, row: Mapping[str, Any]) -> Dossier:
    return Dossier(
        agency=agency,
        told_on=day,
        unit=_short(row["unit_code"]),
        status=row["status"],
        channel=row["channel"],
        submitted=row["submitted_at"],
        received=row["received_at"],
        due=row["due_at"],
        finished=row["finished_at"],
        returned=row["returned_at"],
    )


def _short(code: str) -> str:
    """Return ``000.00.42.H26`` as ``H26.42``."""
    parts = list(reversed(code.split("."))) if code.startswith("0") else code.split(".")
    while parts[-1].strip("0") == "":
        parts.pop()
    return ".".join(parts)


def printed(dossiers: list[Dossier], first: date, last: date) -> dict[int, int]:
    """Count columns 3 to 13 of form II.06a as its explanation says."""
    counted: Counter[int] = Counter()
    for one in dossiers:
        if one.status in {"registered", "refused"} or one.opened > last:
            continue
        closed = one.closed
        is_open_at_end = closed is None or closed > last
        if one.opened >= first:
            counted[4 if one.channel == "online" else 5] += 1
        elif closed is None or closed >= first:
            counted[6] += 1
        else:
            continue
        if is_open_at_end:
            counted[13 if one.due and one.due < last else 12] += 1
        else:
            counted[_ending(one)] += 1
    counted[3] = counted[4] + counted[5] + counted[6]
    counted[7] = counted[8] + counted[9] + counted[10]
    counted[11] = counted[12] + counted[13]
    return {number: counted[number] for number in range(3, 14)}


def _ending(one: Dossier) -> int:
    assert one.closed is not None
    if one.status in {"withdrawn", "stopped"} or one.due is None or one.closed == one.due:
        return 9
    return 8 if one.closed < one.due else 10


def stands_at(one: Dossier, basis: str) -> tuple[str, str]:
    """Return the code and the sign under which a dossier stands on a map."""
    if basis == "today" and one.agency == "H22":
        return "H60", ""
    if basis == "2025-06-30" and one.agency == "H60" and one.told_on >= MERGER:
        return "H60", "*"
    return one.agency, ""


@pytest.mark.parametrize("basis", MAPS)
@pytest.mark.parametrize("period", PERIODS)
def test_form_ii06a_by_agency_prints_what_the_landed_records_say(
    client: TestClient,
    landed: list[Dossier],
    basis: str,
    period: str,
) -> None:
    first, last = PERIODS[period]
    address = f"{period}&map={basis}&cut=agency"
    workbook = rows_of(client.get(f"/forms/II.06a.xlsx?{address}").content)
    shown = table(client.get(f"/forms/II.06a?{address}").text)
    expected: dict[tuple[str, str], list[Dossier]] = {}
    for one in landed:
        expected.setdefault(stands_at(one, basis), []).append(one)
    for (code, sign), dossiers in expected.items():
        figures = printed(dossiers, first, last)
        if code in AGENCIES and any(figures.values()):
            [named] = [
                n for n in shown if n.startswith(f"{code} ") and n.endswith("*") == bool(sign)
            ]
            assert shown[named] == figures, (code, sign)
    assert len([n for n in shown if n[:3] in AGENCIES]) >= 3
    assert shown["Tổng cộng"] == printed(landed, first, last)
    assert workbook == shown


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize("basis", ["reported", "today"])
@pytest.mark.parametrize("period", PERIODS)
def test_form_ii06a_by_unit_prints_what_the_landed_records_say(
    client: TestClient,
    landed: list[Dossier],
    agency: str,
    basis: str,
    period: str,
) -> None:
    first, last = PERIODS[period]
    address = f"{period}&map={basis}&cut=unit&agency={agency}"
    workbook = rows_of(client.get(f"/forms/II.06a.xlsx?{address}").content)
    shown = table(client.get(f"/forms/II.06a?{address}").text)
    dossiers = [one for one in landed if stands_at(one, basis)[0] == agency]
    by_unit = {
        unit: printed([one for one in dossiers if one.unit == unit], first, last)
        for unit in sorted({one.unit for one in dossiers})
    }
    expected = {unit: figures for unit, figures in by_unit.items() if any(figures.values())}
    assert shown == {**expected, "Tổng cộng": printed(dossiers, first, last)}
    assert workbook == shown


def table(text: str) -> dict[str, dict[int, int | None]]:
    """Return the rows of the page's table by name: column number -> figure."""
    found = {}
    for row in html.fromstring(text).xpath("//table[contains(@class, 'official')]/tbody/tr"):
        name = " ".join(row.xpath("./th/text()")).rstrip("\n")
        cells = [cell.text_content().strip() for cell in row.xpath("./td")][1:]
        figures = [None if c == "–" else int(c.replace(".", "")) for c in cells]
        found[name.strip()] = dict(enumerate(figures, 3))
    return found
