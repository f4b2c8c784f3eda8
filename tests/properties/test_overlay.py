"""An overlay only ever tightens: what passes it passes the national contract."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.code_list import CodeLists
from contracts.errors import ConfigError
from contracts.judge import Judge
from contracts.layer import build
from contracts.model import Contract, load_contract, read_contract
from contracts.overlay import OVERLAY, Place
from contracts.partition import Partition
from tests.contracts.example import own_map, page_of
from tests.properties.test_judge import DAY

NATIONAL = load_contract("dossiers")
CODES = {
    "status": ["registered", "processing", "finished"],
    "channel": ["direct", "online", "postal"],
    "applicant_type": ["citizen", "business"],
}
_duty = st.sampled_from([True, True, True, False])
GOOD = {
    "dossier_code": "000.00.19.H26-261118-0001",
    "procedure_code": "1.004873",
    "unit_code": "H26.19",
    "status": "processing",
    "channel": "online",
    "applicant_type": "citizen",
    "submitted_at": None,
    "received_at": "2026-11-18T02:00:00.000+0000",
    "finished_at": None,
    "updated_at": "2026-11-20T03:30:00.000+0000",
    "commune_code": "00004",
}
_bounds = st.fixed_dictionaries(
    {},
    optional={
        "earliest": st.sampled_from(["1999-12-01", "2000-01-01", "2008-08-02"]),
        "days_after": st.sampled_from([-3, 0, 1, 2]),
    },
)
_texts = st.fixed_dictionaries(
    {},
    optional={
        "required": _duty,
        "max_length": st.sampled_from([4, 5, 30, 51]),
        "pattern": st.sampled_from([r"^\d{5}$", ".*", "0", r"\d|x", r"[\s\S]*", "^a|b$", "(?!)"]),
    },
)
_dated = st.fixed_dictionaries({}, optional={"required": _duty, "date_range": _bounds})
_instants = [
    None,
    "1999-12-31T02:00:00.000+0000",
    "2008-08-01T02:00:00.000+0000",
    "2026-11-18T02:00:00.000+0000",
    "2026-11-22T03:30:00.000+0000",
    "2026-11-23T03:30:00.000+0000",
    "2026-02-30T00:00:00.000+0000",
]


def _listed(codes: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from([*codes, "fax"]), min_size=1, max_size=2, unique=True)
    return st.fixed_dictionaries({}, optional={"required": _duty, "codes": some})


FIELDS: dict[str, tuple[st.SearchStrategy[dict[str, Any]], list[str | None]]] = {
    "dossier_code": (_texts, ["000.00.19.H26-261118-0001", "x", "b", "", None]),
    "procedure_code": (_texts, ["1.004873", "1.00487", "a", None]),
    "commune_code": (_texts, ["00004", "26734", "0004", "00004\n", "b", None]),
    "submitted_at": (_dated, _instants),
    "received_at": (_dated, _instants),
    **{name: (_listed(codes), [*codes, "fax", None]) for name, codes in CODES.items()},
}
"""Field -> what an overlay may try to say of it, values met."""


def _case(name: str) -> st.SearchStrategy[tuple[dict[str, Any], list[dict[str, Any]]]]:
    clauses, values = FIELDS[name]
    rows = [{**GOOD, name: value} for value in values]
    return clauses.map(lambda said: ({"fields": {name: said}}, rows))


_cases = st.sampled_from(sorted(FIELDS)).flatmap(_case)


def contract_of(clauses: dict[str, Any]) -> Contract | None:
    """Return what an overlay comes to; None where it is refused."""
    head = {"national": NATIONAL.version, "title": "riêng", "purpose": "chặt hơn"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / OVERLAY).write_text(yaml.safe_dump(head | clauses), encoding="utf-8")
        try:
            text = build(Place("dossiers", "rieng", "1.0.0", folder))
        except ConfigError as error:
            assert error.code == "OVERLAY-LOOSENS"  # noqa: PT017 - refused or built, both are right
            return None
        (folder / "contract.yaml").write_text(text, encoding="utf-8")
        return read_contract(folder, feed="dossiers", name="rieng")


def is_accepted(contract: Contract, row: dict[str, Any]) -> bool:
    judge = Judge(
        contract, own_map(contract), Partition("H26", "dossiers", DAY), CodeLists.load(DAY)
    )
    judge.page(page_of(contract, [row]))
    return judge.close({}).counts.quarantined == 0


@settings(deadline=None)
@given(_cases)
def test_a_row_that_passes_an_overlay_passes_the_national_contract(
    case: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    clauses, rows = case
    own = contract_of(clauses)
    if own is None:
        return
    assert [row for row in rows if is_accepted(own, row) and not is_accepted(NATIONAL, row)] == []
