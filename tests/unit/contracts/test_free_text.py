"""Free text (fields without pattern): composed, counted, and otherwise left as it is."""

import unicodedata
from datetime import date

import pytest

from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Factor, Judged
from tests.contracts.example import judge_rows

ROW = {
    "figure_code": "visits",
    "document": "003",
    "value": "27500000",
    "precision": "about",
    "as_of": "2020-04-30",
}


def judge(unit_name: str) -> Judged:
    partition = Partition("G22", "published_figures", date(2020, 12, 31))
    row = {**ROW, "unit_name": unit_name}
    return judge_rows(load_contract("published_figures"), [row], partition, {})


@pytest.mark.parametrize(
    "text",
    [
        "lượt",
        "ຄັ້ງ",
        "ដង\u200bមួយ",
        "visites à l'heure",
        "人次",
        "млн",
        "５",
        "😀",
        "1 – 2",
        "Ðong",
        "👩\u200d💻",
    ],
)
def test_row_90_text_of_any_language_passes_untouched(text: str) -> None:
    judged = judge(text)
    column = judged.frame.columns["unit_name"]
    assert isinstance(column, Factor)
    assert (judged.quarantine, column.values) == ((), [text])
    assert judged.counts.normalised == 0


def test_row_89_decomposed_text_is_composed_and_counted() -> None:
    judged = judge(unicodedata.normalize("NFD", "lượt"))
    column = judged.frame.columns["unit_name"]
    assert isinstance(column, Factor)
    assert (column.values, judged.counts.normalised) == (["lượt"], 1)
