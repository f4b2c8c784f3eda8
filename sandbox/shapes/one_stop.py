"""Dossiers as an iGate-like one-stop system gives them: about 900 bytes of JSON a record."""

import json
import unicodedata
from datetime import date
from functools import lru_cache

from sandbox.agency import Agency
from sandbox.catalogue import Unit, catalogue
from sandbox.dirt import DECOMPOSED, UNKNOWN_STATUS
from sandbox.frame import Frame
from sandbox.nation import Day
from sandbox.person import people
from sandbox.shapes.row import dossier_rows
from sandbox.spell import ISO_UTC

STATUS_LABELS = (
    "Mới đăng ký",
    "Được tiếp nhận",
    "Không được tiếp nhận",
    "Đang xử lý",
    "Yêu cầu bổ sung giấy tờ",
    "Yêu cầu thực hiện nghĩa vụ tài chính",
    "Công dân yêu cầu rút hồ sơ",
    "Dừng xử lý",
    "Đã xử lý xong",
    "Đã trả kết quả",
)
CHANNEL_LABELS = ("Trực tiếp", "Nộp trực tuyến", "Bưu chính công ích")
LEVELS_SINCE = date(2022, 8, 15)
"""Toàn trình / một phần replace levels 1-4 (NĐ 42/2022), where systems followed."""


def compact(value: object) -> str:
    """Return JSON text without blanks, Vietnamese letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def status_label(status: int) -> str:
    """Return the label of a status number, also of the dirty ones."""
    if status == UNKNOWN_STATUS:
        return "Trạng thái nội bộ"
    if status > DECOMPOSED:
        return unicodedata.normalize("NFD", STATUS_LABELS[status - DECOMPOSED - 1])
    return STATUS_LABELS[status - 1]


def level_label(level: int, code: str, day: date) -> str:
    """Return how the agency names a service level; some never followed the new names."""
    if day < LEVELS_SINCE or int(code[1:]) % 3 == 0:
        return f"Mức độ {level}"
    return "Toàn trình" if level == 4 else "Một phần"


def unit_code(unit: Unit, agency: Agency) -> str:
    """Return the spelling that the agency's system prefers."""
    return unit.short if int(agency.code[1:]) % 2 else unit.code


class _Fragments:
    """JSON fragments of an agency, rendered once."""

    def __init__(self, agency: Agency) -> None:
        lists = catalogue(agency)
        statuses = [*range(1, 11), UNKNOWN_STATUS, *range(DECOMPOSED + 1, DECOMPOSED + 11)]
        self.status = {s: _status(s) for s in statuses}
        self.procedure = [_procedure(row) for row in lists.spelled_procedures]
        self.unit = [
            f'"agency":{compact({"code": unit_code(u, agency), "name": u.name})},'
            for u in lists.spelled_units
        ]
        self.village = [
            f'"village":{compact({"value": code, "label": name})}}}}},'
            for code, name in lists.communes
        ]
        self.codes = tuple(unit.code for unit in lists.units)


def _status(status: int) -> str:
    number = status - DECOMPOSED if status > DECOMPOSED else status
    name = {"languageId": 228, "name": status_label(status)}
    return f'"dossierStatus":{compact({"id": number, "name": [name]})},"applicant":'


def _procedure(row: dict[str, str] | object) -> str:
    assert isinstance(row, dict)
    return compact(
        {
            "code": row["full"] or None,
            "translate": {"name": row["name"]},
            "sector": {"code": row["sector_code"]},
        }
    )


_fragments = lru_cache(maxsize=512)(_Fragments)


@lru_cache(maxsize=1)
def _people() -> list[str]:
    """Return applicants' data up to the village, which follows the dossier."""
    return [
        compact(
            {
                "fullname": p.name,
                "identityNumber": p.identity,
                "phoneNumber": p.phone,
                "email": p.mail,
                "address": p.street,
            }
        )[:-1]
        + ","
        for p in people()
    ]


_METHODS = [
    "",
    *(f'"applyMethod":{compact({"id": i + 1, "name": n})},' for i, n in enumerate(CHANNEL_LABELS)),
]
_PAID = {
    1: '"onlinePaid":1}',
    3: '"onlinePaid":3}',
}


def lines(day: Day, frame: Frame) -> list[str]:
    """Return one JSON record per row of the frame, without separators."""
    parts = _fragments(day.agency)
    level = {
        n: f'"procedureLevel":{compact({"name": level_label(n, day.agency.code, day.day)})},'
        for n in range(1, 5)
    }
    persons = _people()
    rows = zip(frame.draw.rows.tolist(), dossier_rows(frame, parts.codes, ISO_UTC), strict=True)
    return [
        f'{{"id":"{oid:024x}","code":"{code}",{parts.status[status]}'
        f'{{"userId":"{person:08x}","type":{kind},"data":{persons[person]}'
        f'{parts.village[commune]}"procedure":{parts.procedure[procedure]},{level[tier]}'
        f'{parts.unit[unit]}"appliedDate":{applied},"acceptedDate":{accepted},'
        f'"appointmentDate":{due},"completedDate":{completed},"returnedDate":{returned},'
        f'"updatedDate":{updated},{_METHODS[channel]}{_PAID[paid]}'
        for oid, (
            code, status, kind, procedure, tier, unit, channel, paid, commune, person,
            applied, accepted, due, completed, returned, updated,
        ) in rows
    ]  # fmt: skip
