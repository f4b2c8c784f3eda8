"""People who do not exist: personal data that the hub must drop before anything is written.

Identity numbers, phones, mail addresses, streets, accounts, subjects and signers carry marks
that occur nowhere else, so that a test can search files, tables and logs for leaks.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sandbox.draw import Draw, address

PEOPLE = 2048
"""Size of the pool of people; one person files many dossiers."""

IDENTITY_MARK = "0990"
"""No province has the number 099, so no real identity number begins so."""
PHONE_MARK = "0999000"
MAIL_MARK = "@hoang-yen.example"
STREET_MARK = "đường Chim Hoàng Yến"
ACCOUNT_MARK = "990099"
SUBJECT_MARK = "V/v Chim Hoàng Yến"
SIGNER_MARK = "Hoàng Yến Ký"
CONTENT_MARK = "Nội dung Chim Hoàng Yến"
CANARIES = (
    IDENTITY_MARK,
    PHONE_MARK,
    MAIL_MARK,
    STREET_MARK,
    ACCOUNT_MARK,
    SUBJECT_MARK,
    SIGNER_MARK,
    CONTENT_MARK,
)
"""Substrings of every personal value beside names; identity and phone marks are prefixes of
long digit runs (12 and 10 digits), so search for ``099[0]\\d{8,}``, not for the bare digits."""

_FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Trịnh",
    "Mai",
    "Tô",
]
_MIDDLE = [
    "Văn",
    "Thị",
    "Hữu",
    "Đức",
    "Minh",
    "Ngọc",
    "Quang",
    "Thanh",
    "Thu",
    "Xuân",
    "Bảo",
    "Gia",
    "Kim",
    "Công",
    "Đình",
    "Mỹ",
]
_GIVEN = [
    "An",
    "Anh",
    "Bình",
    "Châu",
    "Chi",
    "Cường",
    "Dũng",
    "Dung",
    "Duyên",
    "Đạt",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hiếu",
    "Hoa",
    "Hòa",
    "Hùng",
    "Hương",
    "Khánh",
    "Lan",
    "Liên",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Nhung",
    "Phong",
    "Phúc",
    "Phương",
    "Quân",
    "Quỳnh",
    "Sơn",
    "Tâm",
    "Thảo",
    "Thắng",
    "Thủy",
    "Trang",
    "Trung",
    "Tú",
    "Tuấn",
    "Tùng",
    "Uyên",
    "Vân",
    "Việt",
    "Yến",
    "Ý",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented applicant, payer or violator."""

    number: int
    name: str
    identity: str
    phone: str
    mail: str
    street: str
    account: str


@cache
def people() -> tuple[Person, ...]:
    """Return the pool; the same for every seed, so that leak tests need no seed."""
    index = np.arange(PEOPLE, dtype=np.int64)
    draw = Draw.at(address("people"), index, index)
    columns = {
        "family": draw.below("family", len(_FAMILY)),
        "middle": draw.below("middle", len(_MIDDLE)),
        "given": draw.below("given", len(_GIVEN)),
        "identity": draw.below("identity", 10**8),
        "phone": draw.below("phone", 10**3),
        "house": 1 + draw.below("house", 400),
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return tuple(_person(number, *row) for number, row in enumerate(rows))


def _person(number: int, *drawn: int) -> Person:
    family, middle, given, identity, phone, house = drawn
    return Person(
        number=number,
        name=f"{_FAMILY[family]} {_MIDDLE[middle]} {_GIVEN[given]}",
        identity=f"{IDENTITY_MARK}{identity:08d}",
        phone=f"{PHONE_MARK}{phone:03d}",
        mail=f"cd{number}{MAIL_MARK}",
        street=f"Số {house} {STREET_MARK}",
        account=f"{ACCOUNT_MARK}{identity:08d}",
    )
