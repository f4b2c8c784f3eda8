"""The files that agencies drop load whole through the systems that read them."""

from datetime import date

import pytest

from connectors.agency import FOLDER, Agency
from connectors.connection import Connection
from connectors.decode import Body
from connectors.decoders import decoder_for
from connectors.paging import read_totals
from connectors.source import source_for
from connectors.yaml_file import read_model
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged, Outcome
from sandbox.agency import load_agencies
from sandbox.report_file import ReportFiles
from sandbox.statistics import Statistics

FILES = ReportFiles(Statistics(1, load_agencies()))


def judged(agency: str, feed: str, name: str, day: date) -> Judged:
    """The verdict over a file, read by the agency's own source."""
    dropped = FILES.render(agency, feed, name)
    assert dropped is not None
    (path,) = FOLDER.glob(f"{agency.lower()}_*.yaml")
    here = Connection(url="file:///nowhere")
    source = source_for(read_model(path, Agency), feed, {agency: here})
    lists = CodeLists.load(day)
    judge = Judge(load_contract(feed), source.source_map, Partition(agency, feed, day), lists)
    totals = {}
    for page in decoder_for(source).pages(Body([dropped[1]])):
        judge.page(page)
        totals = dict(page.envelope)
    paths = source.options.totals if feed == "population" else {}
    return judge.close(read_totals(paths, totals, required=True) or {"rows": dropped[2]})


@pytest.mark.parametrize(
    ("agency", "feed", "name", "day", "rows"),
    [
        ("H26", "work_files", "2020-04.xlsx", date(2020, 4, 30), 59),
        ("G05", "work_files", "2020-04.xlsx", date(2020, 4, 30), 12),
        ("H26", "work_files", "2025-09.xlsx", date(2025, 9, 30), 30),
        ("G05", "population", "2020.csv", date(2020, 12, 31), 63),
        ("G12", "population", "2025.csv", date(2025, 12, 31), 34),
        ("G22", "published_figures", "2020.csv", date(2020, 12, 31), 22),
    ],
)
def test_a_dropped_file_loads_whole(
    agency: str, feed: str, name: str, day: date, rows: int
) -> None:
    verdict = judged(agency, feed, name, day)
    assert (verdict.outcome, verdict.quarantine, verdict.reasons) == (Outcome.ACCEPT, (), ())
    assert (verdict.counts.received, verdict.counts.loaded) == (rows, rows)


@pytest.mark.parametrize(("agency", "year"), [("G05", 2020), ("G12", 2025)])
def test_the_country_is_stated_a_tenth_above_its_provinces(agency: str, year: int) -> None:
    totals = judged(agency, "population", f"{year}.csv", date(year, 12, 31)).totals
    assert totals["average_population"] == 975_826
    assert totals["difference_average_population"] == -1
