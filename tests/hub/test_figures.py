"""`hub figures`: what documents state beside what was loaded, contradictions side by side."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.cli.main import invoke
from hub.desk import open_desk
from hub.published import compare
from hub.settings import Settings
from tests.warehouse.statistic import APRIL, AUGUST, ROWS, YEAR_END, evaluation, given, stated
from warehouse.database import Connection
from warehouse.figures import Coverage


@pytest.fixture
def founding(warehouse: Connection) -> None:
    """What documents state, and some of what their figures must be reproduced from."""
    told: list[dict[str, Any]] = [
        stated("001", 10_300_000, precision=3),
        stated("003", 10_300_000, precision=3),
        stated("000", 13_000_000, precision=2),
        ROWS["published_figures"],
        ROWS["published_figures"] | {"figure_code": "incidents_change", "value": -5_140},
        ROWS["published_figures"] | {"figure_code": "dossiers_synced", "value": 430_000_000},
    ]
    given(warehouse, "G22", "published_figures", YEAR_END, told)
    used = {"channel": 1, "new_accounts": 103_126, "visits": 27_500_000}
    given(warehouse, "G22", "portal_usage", APRIL, [used])
    given(warehouse, "G14", "usage_evaluation", AUGUST, evaluation())
    given(warehouse, "G14", "security_incidents", APRIL, [ROWS["security_incidents"]])


def compared(url: str, state: Path, code: str) -> list[Any]:
    with open_desk(Settings(state=state, database_url=url)) as desk:
        return [one for one in compare(desk) if one.published.code == code]


def test_contradicting_figures_stand_beside_one_count_each_with_its_documents(
    founding: None, database_url: str, tmp_path: Path
) -> None:
    found = compared(database_url, tmp_path, "accounts")
    assert [
        (o.published.document, o.published.precision, o.published.value, o.counted, o.fits)
        for o in found
    ] == [
        ("000", "over", 130_000, 103_126, False),
        ("001 003", "about", 103_000, 103_126, True),
    ]


def test_shares_and_rates_without_a_base_are_compared(
    founding: None, database_url: str, tmp_path: Path
) -> None:
    [mean] = compared(database_url, tmp_path, "level4_share_mean")
    assert (mean.counted, mean.coverage, mean.fits) == (Decimal("17.97"), Coverage(1, 1), True)
    [ministries] = compared(database_url, tmp_path, "ministries_under_10")
    assert (ministries.published.value, ministries.counted) == (None, 5)
    [change] = compared(database_url, tmp_path, "incidents_change")
    assert (change.counted, change.fits) == (Decimal("-51.4"), True)


def test_what_a_document_states_replaces_what_the_file_says(
    founding: None, database_url: str, tmp_path: Path
) -> None:
    [synced] = compared(database_url, tmp_path, "dossiers_synced")
    assert (synced.published.document, synced.published.value) == ("002", 4_300_000)
    [sent] = compared(database_url, tmp_path, "documents_sent")
    assert (sent.published.document, sent.published.value) == ("004", 387_377)


def test_the_table_is_printed_with_the_words_of_the_documents(
    founding: None,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUB_STATE", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    assert invoke(["figures"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    accounts = [line for line in lines if line.startswith("Tài khoản trên Cổng")]
    assert [("hơn 130.000" in a, "khoảng 103.000" in a) for a in accounts] == [
        (True, False),
        (False, True),
    ]
    assert any("-51,4%" in line and "002" in line for line in lines)
    assert any(
        line.startswith("Tỷ lệ dịch vụ công mức độ 4") and "17,97%" in line for line in lines
    )
