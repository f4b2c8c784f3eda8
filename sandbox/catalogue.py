"""What an agency works with: its procedures, units below it, communes and people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sandbox.agency import MERGER, Agency, read_csv
from sandbox.draw import F64, I64
from sandbox.person import PEOPLE

_OFFICES = [
    "Sở Tư pháp",
    "Sở Tài nguyên và Môi trường",
    "Sở Kế hoạch và Đầu tư",
    "Sở Xây dựng",
    "Sở Giao thông vận tải",
    "Sở Giáo dục và Đào tạo",
    "Sở Lao động - Thương binh và Xã hội",
    "Sở Y tế",
    "Sở Công Thương",
    "Sở Nông nghiệp và Phát triển nông thôn",
    "Sở Văn hóa và Thể thao",
    "Sở Nội vụ",
    "Văn phòng Ủy ban nhân dân",
    "Ban Quản lý khu công nghiệp",
]
_BUREAUS = [
    "Văn phòng Bộ",
    "Cục Quản lý chuyên ngành",
    "Vụ Pháp chế",
    "Cục Công nghệ thông tin",
    "Trung tâm Một cửa",
    "Cục Đăng ký",
    "Tổng cục Nghiệp vụ",
    "Vụ Tổ chức cán bộ",
    "Thanh tra",
    "Vụ Kế hoạch",
    "Cục Quản lý cấp phép",
    "Trung tâm Dữ liệu",
]
_DISTRICTS = 9
_COMMUNES_PER_DISTRICT = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation below an agency.

    Attributes:
        code: reversed dotted spelling of QCVN 102 (``000.09.23.H34``).
        name: Vietnamese name.
        level: 1 central, 2 province, 3 district, 4 commune.
    """

    code: str
    name: str
    level: int

    @property
    def short(self) -> str:
        """Return the spelling of QĐ 20/2020 (``H34.23.09``)."""
        parts = [p for p in reversed(self.code.split(".")) if p not in {"00", "000"}]
        return ".".join(parts)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Lists that the integer columns of an agency's frames point into.

    Attributes:
        procedures: rows of ``procedure.csv`` with this agency's code suffix under ``full``.
        weights: how often each procedure is asked for.
        online_share: share of dossiers that arrive online (grows from 2020 to 2026).
    """

    agency: Agency
    procedures: tuple[Mapping[str, str], ...]
    weights: F64
    due_days: I64
    levels: I64
    units: tuple[Unit, ...]
    communes: tuple[tuple[str, str], ...]
    online_share: float
    person_count: int = PEOPLE

    @property
    def spelled_procedures(self) -> tuple[Mapping[str, str], ...]:
        """Return the procedures with the broken ones behind them (see ``dirt``)."""
        first = self.procedures[0]
        code, suffix = first["code"], first["full"][len(first["code"]) :]
        lost = f"{code[:2]}{int(code[2:])}{suffix}"
        broken = ("", lost, first["full"] + "\u00a0")
        return self.procedures + tuple({**first, "full": full} for full in broken)

    @property
    def spelled_units(self) -> tuple[Unit, ...]:
        """Return the units with the broken ones behind them (see ``dirt``)."""
        first = self.units[0]
        unknown = replace(first, code="000.00.00.X99")
        lookalike = replace(first, code=first.code.replace("H", "Н").replace("G", "Ԍ"))
        return (*self.units, unknown, lookalike)


@cache
def catalogue(agency: Agency) -> Catalogue:
    """Return the catalogue of an agency span."""
    kind = "weight_province" if agency.is_province else "weight_ministry"
    rows = [row for row in read_csv("procedure.csv") if float(row[kind])]
    procedures = tuple({**r, "full": f"{r['code']}.000.00.00.{agency.code}"} for r in rows)
    return Catalogue(
        agency=agency,
        procedures=procedures,
        weights=np.array([float(row[kind]) for row in rows]),
        due_days=np.array([int(row["due_days"]) for row in rows], dtype=np.int64),
        levels=np.array([int(row["level"]) for row in rows], dtype=np.int64),
        units=tuple(_units(agency)),
        communes=_communes(agency.code),
        online_share=0.55 if agency.start is not None and agency.start >= MERGER else 0.22,
    )


def _units(agency: Agency) -> list[Unit]:
    if not agency.is_province:
        return [
            Unit(f"000.00.{i:02d}.{agency.code}", name, 1) for i, name in enumerate(_BUREAUS, 1)
        ]
    offices = [Unit(f"000.00.{i:02d}.{agency.code}", name, 2) for i, name in enumerate(_OFFICES, 1)]
    is_two_tier = agency.start is not None and agency.start >= MERGER
    return offices + (_communes_below(agency) if is_two_tier else _districts_below(agency))


def _districts_below(agency: Agency) -> list[Unit]:
    """Return districts with their communes: three tiers, until 2025-06-30."""
    names = [name for _, name in _communes(agency.code)]
    units = []
    for d in range(21, 21 + _DISTRICTS):
        units.append(Unit(f"000.00.{d}.{agency.code}", f"UBND huyện số {d - 20}", 3))
        for c in range(1, 1 + _COMMUNES_PER_DISTRICT):
            name = names[(d * _COMMUNES_PER_DISTRICT + c) % len(names)]
            units.append(Unit(f"000.{c + 8:02d}.{d}.{agency.code}", f"UBND {name}", 4))
    return units


def _communes_below(agency: Agency) -> list[Unit]:
    """Return communes directly below the province: two tiers, since 2025-07-01."""
    return [
        Unit(f"000.00.{i}.{agency.code}", f"UBND {name}", 4)
        for i, (_, name) in enumerate(_communes(agency.code), 41)
    ]


@cache
def _communes(agency: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of communes of the province; of all provinces for a ministry.

    Codes and names are those of the communes of 2025; earlier days use them too.
    """
    after = {r["code"]: r["code_since_2025_07_01"] for r in read_csv("population.csv")}
    province = after.get(agency)
    rows = read_csv("commune.csv")
    return tuple((row["code"], row["name"]) for row in rows if province in {None, row["province"]})
