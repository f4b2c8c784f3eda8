"""BAD_INPUT row 31: a certificate of ours that ends soon is told before a source refuses it."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from hub.finding import Finding, examine
from hub.settings import Settings
from tests.connectors.authority import Authority


def found(folder: Path, certificate: Path | None) -> Finding:
    entry = {"url": "https://a.example"} | (
        {"certificate": str(certificate)} if certificate else {}
    )
    (folder / "connections.yaml").write_text(yaml.safe_dump({"H26": entry}))
    settings = Settings(state=folder, database_url="postgresql://nobody@127.0.0.1:1/none")
    findings = examine(settings, {}, date(2026, 11, 20))
    return next(f for f in findings if f.name.endswith("our certificates"))


@pytest.mark.parametrize(("days", "well"), [(31, True), (29, False), (6, False), (-1, False)])
def test_row_31_a_certificate_that_ends_within_30_days_is_a_finding(
    days: int, well: bool, tmp_path: Path
) -> None:
    certificate, _ = Authority(tmp_path).issue("us", days=days)
    told = found(tmp_path, certificate)
    assert (told.well, "H26" in told.step) == (well, not well)


def test_a_certificate_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "us.pem").write_text("nonsense")
    assert not found(tmp_path, tmp_path / "us.pem").well


def test_no_certificate_is_well(tmp_path: Path) -> None:
    assert found(tmp_path, None).well
