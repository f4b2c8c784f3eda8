"""What the receiver holds a packet against: names, types, sums and what came before it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

FILE = Path(__file__).parent / "receiver.yaml"
STANDARD = "QCVN 125:2021/BTTTT"
_PLACE = ("MaBieuMau", "CachChia", "MaDonVi", "KyBaoCao", "LichKy", "BanDoHanhChinh")

Spec = Mapping[str, Any]


class Refused(Exception):
    """A packet is not taken.

    Attributes:
        code: the receiver's code.
        reason: for people.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


@cache
def spec() -> Spec:
    """Return the receiver's own list of kinds and fields."""
    found: Spec = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def check(body: bytes, key: str, held: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a packet that is as it should be.

    Args:
        body: as received.
        key: as the header named it.
        held: kind -> data of the catalogues held now, and ``receipts``.

    Raises:
        Refused: it is no JSON, a field is missing, strange or of another type, a sum does not
            hold, or something that it rests on was never received.
    """
    try:
        packet = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Refused("CU-PHAP", "không phải JSON / no JSON") from error
    _object(spec()["envelope"], packet, "GoiTin")
    if packet["QuyChuan"] != STANDARD or packet["MaGoiTin"] != key:
        raise Refused("CAU-TRUC", "quy chuẩn hoặc mã gói tin sai / standard or key is wrong")
    kinds = spec()["kinds"]
    if packet["LoaiGoiTin"] not in kinds:
        raise Refused("CAU-TRUC", f"không có loại {packet['LoaiGoiTin']} / no such kind")
    data = packet["DuLieu"]
    _object(kinds[packet["LoaiGoiTin"]], data, "DuLieu")
    _check_sense(packet["LoaiGoiTin"], data, held)
    found: Mapping[str, Any] = packet
    return found


def place_of(packet: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a packet is about: one packet of a place is current."""
    kind, data = str(packet["LoaiGoiTin"]), packet["DuLieu"]
    if kind == "DanhMucKyBaoCao":
        return kind, str(data["DanhSachKy"][0]["MaKy"])[:4]
    return (kind, *(str(data.get(name, "")) for name in _PLACE))


def _object(fields: Spec, value: object, where: str) -> None:
    if not isinstance(value, dict):
        raise Refused("CAU-TRUC", f"{where}: không phải đối tượng / no object")
    names = {name.rstrip("?") for name in fields}
    if strange := value.keys() - names:
        raise Refused("CAU-TRUC", f"{where}.{min(strange)}: trường lạ / unknown field")
    for name, kind in fields.items():
        plain = name.rstrip("?")
        if plain in value:
            _value(kind, value[plain], f"{where}.{plain}")
        elif not name.endswith("?"):
            raise Refused("CAU-TRUC", f"{where}.{plain}: thiếu / missing")


def _value(kind: Any, value: object, where: str) -> None:
    match kind:
        case "object":
            is_right = isinstance(value, dict)
        case [entry]:
            is_right = isinstance(value, list)
            for number, member in enumerate(value if isinstance(value, list) else []):
                _object(entry, member, f"{where}[{number}]")
        case "texts":
            is_right = isinstance(value, list) and all(isinstance(v, str) for v in value)
        case _:
            is_right = _is_plain(kind, value)
    if not is_right:
        raise Refused("CAU-TRUC", f"{where}: không phải {kind} / of another type")


def _is_plain(kind: str, value: object) -> bool:
    match kind:
        case "flag":
            return isinstance(value, bool)
        case "number":
            return _number(value) is not None
        case "value":
            return isinstance(value, str) or _number(value) is not None
    return isinstance(value, str) and bool(value) and _is_dated(kind, value)


def _is_dated(kind: str, value: str) -> bool:
    try:
        match kind:
            case "date":
                return bool(date.fromisoformat(value))
            case "moment":
                return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    return True


def _number(value: object) -> Decimal | None:
    """Return a whole number, or a decimal written as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _check_sense(kind: str, data: Mapping[str, Any], held: Mapping[str, Any]) -> None:
    match kind:
        case "SoLieuBaoCao":
            _check_sums(data, _template(held.get("BieuMau"), "DanhSachBieuMau", data))
        case "SoLieuDanhSach":
            _template(held.get("BieuMau"), "DanhSachBieuMau", data)
            _check_count(data)
        case "GuiDeCuong":
            _template(held.get("BieuMauDeCuong"), "DanhSachDeCuong", data)
        case "TrangThaiBaoCao" if data["SoBienNhan"] not in held["receipts"]:
            raise Refused("THAM-CHIEU", f"không có biên nhận {data['SoBienNhan']} / no receipt")


def _template(catalogue: Any, name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    for entry in (catalogue or {}).get(name, ()):
        if all(entry[known] == data[known] for known in ("MaBieuMau", "PhienBan")):
            found: Mapping[str, Any] = entry
            return found
    raise Refused("THAM-CHIEU", f"chưa nhận biểu mẫu {data['MaBieuMau']} / form not received")


def _check_count(data: Mapping[str, Any]) -> None:
    if int(data["SoDong"]) != len(data["DanhSachDong"]):
        raise Refused("PHEP-CONG", "số dòng không khớp / the number of rows differs")


def _check_sums(data: Mapping[str, Any], form: Mapping[str, Any]) -> None:
    _check_count(data)
    rows = [_cells(row["DanhSachO"]) for row in data["DanhSachDong"]]
    totals = _cells(data["TongKiemTra"])
    for column, total in totals.items():
        if sum((row.get(column, Decimal(0)) for row in rows), Decimal(0)) != total:
            raise Refused("PHEP-CONG", f"tổng cột {column} không khớp / control total differs")
    for identity in form["DanhSachPhepCong"]:
        for number, row in enumerate(rows, 1):
            _check_identity(identity, row, number)


def _check_identity(identity: Mapping[str, Any], row: Mapping[str, Decimal], number: int) -> None:
    named = [identity["CotTong"], *identity["CacCot"]]
    if any(column not in row or row[column] < 0 for column in named):
        raise Refused("PHEP-CONG", f"dòng {number}: thiếu số hoặc số âm / missing or negative")
    total, *parts = (row[column] for column in named)
    if total != sum(parts):
        told = f"{identity['CotTong']} = {' + '.join(identity['CacCot'])}"
        raise Refused("PHEP-CONG", f"dòng {number}: {told} không khớp / does not hold")


def _cells(cells: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    return {cell["SoCot"]: Decimal(cell["GiaTri"]) for cell in cells if "GiaTri" in cell}
