"""Published figures: what is compared, over which days, and when two figures agree."""

from datetime import date
from decimal import Decimal

import pytest

from hub.published import COUNTED, Compared, Published, founding_spans, published_figures
from warehouse.fact_table import FACTS
from warehouse.figures import Coverage
from warehouse.indicator import indicators
from warehouse.measure import MEASURES

WHOLE, PART = Coverage(4, 4), Coverage(4, 3)


def test_every_feed_of_the_founding_documents_is_compared() -> None:
    compared = {figure.feed for figure in published_figures()}
    assert compared == FACTS.keys() - {"published_figures"}


def test_every_figure_names_one_thing_that_can_be_counted() -> None:
    for figure in published_figures():
        named = (COUNTED, MEASURES, indicators())
        assert sum(figure.measure in names for names in named) == 1, figure.code
        if known := MEASURES.get(figure.measure):
            assert known.feed == figure.feed


def test_values_stand_in_the_file_only_for_the_daily_feeds() -> None:
    assert {f.code: f.value for f in published_figures() if f.value} == {
        "dossiers_synced": 4_300_000,
        "documents_sent": 387_377,
        "documents_received": 1_281_574,
        "documents_moved": 1_600_000,
    }


def test_the_days_to_load_are_whole_periods() -> None:
    spans = founding_spans()
    assert spans["dossiers"] == (date(2019, 12, 9), date(2020, 4, 20))
    assert spans["cabinet_sessions"] == (date(2019, 6, 24), date(2020, 4, 30))
    assert spans["usage_evaluation"] == (date(2020, 8, 1), date(2020, 8, 31))
    assert spans["published_figures"] == (date(2020, 12, 31), date(2020, 12, 31))


@pytest.mark.parametrize(
    ("value", "precision", "counted", "coverage", "fits"),
    [
        ("226", "exact", "226", WHOLE, True),
        ("226", "exact", "227", WHOLE, False),
        ("226", "exact", "226", PART, None),
        ("17.97", "exact", "17.9731", WHOLE, True),
        ("17.97", "exact", "17.98", WHOLE, False),
        ("-51.4", "exact", "-51.4", WHOLE, True),
        ("103000", "about", "103126", WHOLE, True),
        ("103000", "about", "103501", WHOLE, False),
        ("27500000", "about", "27549999", WHOLE, True),
        ("130000", "over", "103126", WHOLE, False),
        ("47000", "over", "47216", WHOLE, True),
        ("47000", "over", None, WHOLE, None),
        (None, "exact", "5", WHOLE, None),
    ],
)
def test_figures_agree_within_their_precision(
    value: str | None, precision: str, counted: str | None, coverage: Coverage, fits: bool | None
) -> None:
    day = date(2020, 4, 30)
    published = Published(
        "x", "f", "m", "all", "", "", day, day, Decimal(value) if value else None, "", precision
    )
    assert Compared(published, Decimal(counted) if counted else None, coverage).fits is fits
