"""Numbers and days as readers of a language write them: 1.281.574 and 17,97% in Vietnamese."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from contracts.partition import ZONE

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = ("vi", "en")
ABSENT = "–"
_SCALES: tuple[tuple[Decimal, dict[Lang, str]], ...] = (
    (Decimal(10) ** 9, {"vi": "tỷ", "en": "bn"}),
    (Decimal(10) ** 6, {"vi": "triệu", "en": "m"}),
)


def number(value: int | Decimal | None, lang: Lang = "vi", places: int = 0) -> str:
    """Return a number with groups; absent is a dash, zero is 0.

    >>> number(1281574), number(0), number(None), number(1281574, "en")
    ('1.281.574', '0', '–', '1,281,574')
    >>> number(Decimal("97582.65"), places=1)
    '97.582,7'
    """
    if value is None:
        return ABSENT
    quantum = Decimal(1).scaleb(-places)
    text = f"{Decimal(value).quantize(quantum, ROUND_HALF_UP):,f}"
    return text if lang == "en" else text.translate(_VIETNAMESE)


_VIETNAMESE = str.maketrans({",": ".", ".": ","})


def percent(value: Decimal | float | None, lang: Lang = "vi", places: int = 2) -> str:
    """Return a percentage (0..100) with its sign, trailing zeros dropped; absent is a dash.

    >>> percent(Decimal("17.97")), percent(Decimal("96.80"), "en"), percent(None)
    ('17,97%', '96.8%', '–')
    """
    if value is None:
        return ABSENT
    quantum = Decimal(1).scaleb(-places)
    text = f"{Decimal(value).quantize(quantum, ROUND_HALF_UP):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return (text if lang == "en" else text.replace(".", ",")) + "%"


def short(value: int | Decimal | None, lang: Lang = "vi") -> str:
    """Return a large number in words of thousands of thousands.

    >>> short(4300000), short(27500000000), short(7302), short(4300000, "en")
    ('4,3 triệu', '27,5 tỷ', '7.302', '4.3 m')
    """
    if value is None:
        return ABSENT
    for size, words in _SCALES:
        if abs(Decimal(value)) >= size:
            text = number(Decimal(value) / size, lang, 1).removesuffix(",0").removesuffix(".0")
            return f"{text} {words[lang]}"
    return number(value, lang)


def money(minor: int | None, exponent: int = 0, currency: str = "VND", lang: Lang = "vi") -> str:
    """Return an amount in minor units with its currency.

    >>> money(150000), money(11846170902, 2, "GBP", "en")
    ('150.000 ₫', '118,461,709.02 GBP')
    """
    if minor is None:
        return ABSENT
    sign = "₫" if currency == "VND" else currency
    return f"{number(Decimal(minor).scaleb(-exponent), lang, exponent)} {sign}"


def day(value: date | None) -> str:
    """Return a day.

    >>> day(date(2026, 11, 22))
    '22/11/2026'
    """
    return f"{value:%d/%m/%Y}" if value else ABSENT


def instant(value: datetime) -> str:
    """Return an instant in Asia/Ho_Chi_Minh, to the second.

    >>> instant(datetime(2026, 11, 21, 8, 2, 3, tzinfo=ZONE))
    '08:02:03, 21/11/2026'
    """
    return f"{value.astimezone(ZONE):%H:%M:%S, %d/%m/%Y}"


def moment(value: datetime | None) -> str:
    """Return an instant in Asia/Ho_Chi_Minh, to the minute."""
    return f"{value.astimezone(ZONE):%H:%M, %d/%m/%Y}" if value else ABSENT
