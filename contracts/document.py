"""A contract as people read it: Markdown, Vietnamese first, English second."""

from collections.abc import Iterator

from contracts import rule as terms
from contracts.model import Contract, Field, Kind

_KIND = {
    Kind.CODE: "mã / code",
    Kind.LIST: "danh mục / code list",
    Kind.ORG: "mã cơ quan / organisation code",
    Kind.AREA: "mã địa bàn / area code",
    Kind.INSTANT: "thời điểm / instant",
    Kind.DATE: "ngày / date",
    Kind.INTEGER: "số nguyên / integer",
    Kind.AMOUNT: "số tiền / amount",
    Kind.MEASURE: "đại lượng / measure",
}
_FREQUENCY = {"day": "ngày", "month": "tháng", "quarter": "quý", "year": "năm"}


def document(contract: Contract) -> str:
    """Return the documentation of a contract as Markdown."""
    return "\n".join([*_head(contract), *_fields(contract), *_rules(contract), ""])


def _head(contract: Contract) -> Iterator[str]:
    yield f"# {contract.title_vi} (`{contract.id}`)"
    yield ""
    yield contract.purpose
    yield ""
    yield f"- Mỗi dòng là / grain: {contract.grain}"
    yield f"- Khóa / key: {', '.join(f'`{name}`' for name in contract.key)}"
    day = contract.day_field
    yield "- Ngày dữ liệu / day: " + (f"`{day}`" if day else "cả tệp / one export")
    yield f"- Kỳ / frequency: {_FREQUENCY[contract.frequency]} / {contract.frequency}"
    yield ""


def _fields(contract: Contract) -> Iterator[str]:
    yield "| Trường / field | Tên | Bắt buộc / required | Kiểu / kind | Quy tắc / rules |"
    yield "|---|---|---|---|---|"
    for field in contract.fields:
        duty = "có / yes" if field.required else _duty(field)
        rules = "; ".join(_limits(field)).replace("|", "\\|")
        yield f"| `{field.name}` | {field.title_vi} | {duty} | {_KIND[field.kind]} | {rules} |"
    yield ""


def _duty(field: Field) -> str:
    for rule in field.rules:
        match rule:
            case terms.RequiredWhen(field=other, codes=codes):
                return f"khi / when `{other}` = {', '.join(codes)}"
            case terms.RequiredUnless(field=other, codes=codes):
                return f"trừ khi / unless `{other}` = {', '.join(codes)}"
    return ""


def _limits(field: Field) -> Iterator[str]:
    if listed := field.rule(terms.CodeList):
        chosen = f": {', '.join(listed.codes)}" if listed.codes else ""
        yield f"`{listed.list}`{chosen}"
    if field.pattern:
        yield f"`{field.pattern}`"
    if field.max_length:
        yield f"≤ {field.max_length} ký tự / characters"
    unit, digits = field.scale
    if unit:
        yield f"{unit}, {digits} số lẻ / decimals"
    if field.minimum is not None:
        yield f"≥ {field.minimum}"
    if field.maximum is not None:
        yield f"≤ {field.maximum}"
    if span := field.rule(terms.DateRange):
        yield f"{span.earliest} … ngày / day + {span.days_after}"


def _rules(contract: Contract) -> Iterator[str]:
    yield "## Quy tắc / rules"
    yield ""
    for named in contract.rules:
        yield f"- `{named.name}` ({named.rule.rule}): {named.description}"
