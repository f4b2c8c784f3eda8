"""Packet and form files: every one is as agreed; what does not fit its file stops the packet."""

import json
import re
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from contracts.errors import ConfigError
from sandbox.packet_check import spec
from serving.publication import definition, form, schema_file
from serving.publication.catalogue import periods
from serving.publication.definition import KINDS, Definition, WireField, definitions, encode
from serving.publication.form import form_outlines, outline_of
from serving.publication.report import control_totals, totals_of
from serving.word import words
from tests.docs.page import first_cells, page, sections

DEFINITIONS = definitions()


def test_the_standard_s_13_packets_are_there_in_its_order() -> None:
    told = sorted((d for d in DEFINITIONS.values() if d.number), key=lambda d: d.number)
    assert [d.wire for d in told] == [
        "CheDoBaoCao",
        "BieuMau",
        "BieuMauDeCuong",
        "SoLieuBaoCao",
        "SoLieuDanhSach",
        "GuiDeCuong",
        "TrangThaiBaoCao",
        "DanhMucKyBaoCao",
        "DanhMucChiTieu",
        "BoChiSo",
        "DanhMucNhomChiSo",
        "DanhMucPhanToChiSo",
        "DuLieuChiSo",
    ]
    assert [DEFINITIONS[kind].number for kind in KINDS] == list(range(1, 14))


def test_the_committed_schemas_are_those_of_the_models() -> None:
    told = {path.name: path.read_text(encoding="utf-8") for path in schema_file.FOLDER.iterdir()}
    assert told == schema_file.schemas()


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *((path, "packet.json") for path in sorted(definition.FOLDER.iterdir())),
        *((path, "outline.json") for path in sorted(form.FOLDER.iterdir())),
    ],
    ids=lambda value: getattr(value, "stem", value),
)
def test_a_file_fits_its_schema(path: Path, schema: str) -> None:
    value = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    jsonschema.validate(value, json.loads((schema_file.FOLDER / schema).read_text()))


def test_the_receiver_s_own_list_of_fields_is_the_hub_s() -> None:
    assert spec()["envelope"] == listed(DEFINITIONS["envelope"].fields)
    assert spec()["kinds"] == {
        DEFINITIONS[kind].wire: listed(DEFINITIONS[kind].fields) for kind in KINDS
    }


def listed(fields: Any) -> dict[str, Any]:
    return {f.wire + ("" if f.required else "?"): typed(f) for f in fields.values()}


def typed(field: WireField) -> Any:
    if field.type == "list":
        return [listed(field.of)]
    return listed(field.of) if field.of else field.type


def test_every_packet_lack_and_state_stands_on_the_page() -> None:
    told = sections(page("publication.md"))
    assert first_cells(told["Gói tin · Packets"]) == list(KINDS)
    wires = re.findall(r"^\| `\w+` \| `(\w+)`", told["Gói tin · Packets"], re.MULTILINE)
    assert wires == [DEFINITIONS[kind].wire for kind in KINDS]
    lacks = first_cells(told["Điều kiện · What may leave"])
    worded = {
        name.removeprefix("publication.lack_").upper().replace("_", "-")
        for name in words()
        if name.startswith("publication.lack_")
    }
    assert set(lacks) == worded


PACKET = Definition.model_validate(
    {
        "number": 1,
        "wire": "Goi",
        "name_vi": "Gói",
        "name_en": "Packet",
        "fields": {
            "code": {"wire": "Ma", "type": "text"},
            "count": {"wire": "So", "type": "number", "required": False},
            "day": {"wire": "Ngay", "type": "date", "required": False},
            "at": {"wire": "Luc", "type": "moment", "required": False},
            "is_list": {"wire": "La", "type": "flag", "required": False},
            "rows": {
                "wire": "Dong",
                "type": "list",
                "required": False,
                "of": {"name": {"wire": "Ten", "type": "text"}},
            },
        },
    }
)


def test_values_travel_under_their_names_on_the_wire_and_lose_nothing() -> None:
    values = {
        "rows": [{"name": "Hà Nội"}],
        "is_list": False,
        "at": datetime(2026, 11, 20, 22, 30, tzinfo=UTC),
        "day": date(2026, 11, 21),
        "count": Decimal("17.970"),
        "code": "01",
    }
    assert encode(PACKET, values).decode() == (
        '{"Ma":"01","So":"17.97","Ngay":"2026-11-21","Luc":"2026-11-21T05:30:00.000000+07:00",'
        '"La":false,"Dong":[{"Ten":"Hà Nội"}]}'
    )


@pytest.mark.parametrize("count", [0, 10**18, -1])
def test_whole_numbers_stay_numbers(count: int) -> None:
    assert json.loads(encode(PACKET, {"code": "x", "count": count}))["So"] == count


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, "Goi.Ma"),
        ({"code": ""}, "Goi.Ma"),
        ({"code": 1}, "Goi.Ma"),
        ({"code": "x", "strange": 1}, "Goi.strange"),
        ({"code": "x", "count": 1.5}, "Goi.So"),
        ({"code": "x", "count": True}, "Goi.So"),
        ({"code": "x", "count": Decimal("NaN")}, "Goi.So"),
        ({"code": "x", "day": datetime(2026, 1, 1, tzinfo=UTC)}, "Goi.Ngay"),
        ({"code": "x", "at": datetime(2026, 1, 1)}, "Goi.Luc"),  # noqa: DTZ001 - without an offset
        ({"code": "x", "rows": [{}]}, r"Goi.Dong\[0\].Ten"),
        ({"code": "x", "rows": ["x"]}, r"Goi.Dong\[0\]"),
    ],
)
def test_what_does_not_fit_its_file_stops_the_packet(values: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigError, match=rf"PACKET-FIELD.*{where}"):
        encode(PACKET, values)


def test_a_name_on_the_wire_is_changed_in_a_file_alone(tmp_path: Path) -> None:
    folder = tmp_path / "packets"
    shutil.copytree(definition.FOLDER, folder)
    path = folder / "period.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("MaKy", "PeriodCode"), "utf-8")
    assert definitions(folder)["period"].fields["periods"].of["code"].wire == "PeriodCode"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("wire: TenKy", "wire: MaKy", "one name on the wire: MaKy"),
        ("type: date", "type: day", "period.yaml:13"),
        ("wire: MaKy", 'wire: "Mã kỳ"', "pattern"),
        ("number: 8", "number: 14", "less than or equal to 13"),
    ],
)
def test_a_file_that_is_not_as_agreed_is_told_by_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    folder = tmp_path / "packets"
    shutil.copytree(definition.FOLDER, folder)
    path = folder / "period.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError, match=re.escape(told)):
        definitions(folder)


def test_a_missing_packet_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "packets"
    shutil.copytree(definition.FOLDER, folder)
    (folder / "outline.yaml").unlink()
    with pytest.raises(ConfigError, match="outline"):
        definitions(folder)


def test_the_catalogue_of_periods_speaks_both_calendars() -> None:
    told = {(cut.value, p.name): (p.first, p.last) for cut, p in periods(2026)}
    assert len(told) == 38
    assert told["report", "2026-Q4"] == (date(2026, 9, 15), date(2026, 12, 14))
    assert told["civil", "2026-Q4"] == (date(2026, 10, 1), date(2026, 12, 31))


def test_every_version_of_every_form_is_known_with_its_sums_and_feeds() -> None:
    told = {form.version: form for form in form_outlines()}
    assert sorted(told) == ["btp07a", "ii06a", "ii06b", "muctieu", "tonghop2026"]
    assert [one.text for one in told["ii06a"].identities] == [
        "3 = 4 + 5 + 6",
        "7 = 8 + 9 + 10",
        "11 = 12 + 13",
        "3 = 7 + 11",
    ]
    assert told["ii06a"].columns["4"].title == "Số lượng hồ sơ tiếp nhận: Trong kỳ: Trực tuyến"
    assert told["ii06a"].feeds == ("dossiers",)
    assert told["tonghop2026"].feeds == ("dossiers", "payments")
    assert told["muctieu"].is_list
    assert "work_files" in told["muctieu"].feeds


def test_a_form_is_known_by_code_and_version() -> None:
    assert outline_of(form_outlines(), "II.06a", "ii06a") is not None
    assert outline_of(form_outlines(), "II.06a", "ii06b") is None


def test_an_outline_that_speaks_of_no_column_is_refused(tmp_path: Path) -> None:
    shutil.copytree(form.FOLDER, tmp_path / "outlines")
    path = tmp_path / "outlines" / "dossiers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{10}", "{99}"), "utf-8")
    with pytest.raises(ConfigError, match=r"ii06a: \{99\}"):
        form_outlines(tmp_path / "outlines")


def test_a_printed_total_is_no_second_half_of_the_figures() -> None:
    rows = [
        {"code": "H01", "columns": {"3": 2, "4": 1}},
        {"code": "H02", "columns": {"3": 3, "4": 0}},
    ]
    total = {"code": "", "columns": {"3": 5, "4": 1}}
    assert totals_of([*rows, total]) == totals_of(rows) == {"3": 5, "4": 1}
    assert control_totals([*rows, total]) == {"3": 10, "4": 2}
