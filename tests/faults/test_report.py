"""The document says what the last full campaign's result file says."""

import pytest

from tests.faults.campaign import RESULTS
from tests.faults.report import BEGIN, DOCUMENT, END, tables


@pytest.mark.skipif(not RESULTS.exists(), reason="no full campaign has been kept yet")
def test_the_document_holds_the_last_campaign() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == "\n" + tables(RESULTS)
