"""Layers: the plain ODCS contract that an overlay on a national contract comes to.

Every clause is held against the national one, so that a row which passes the result would pass
the national contract too. A pattern cannot be compared, so both hold.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import yaml

from contracts import rule as terms
from contracts.code_list import all_entries
from contracts.errors import ConfigError
from contracts.model import FILE, Contract, Kind, folder, load_contract
from contracts.overlay import DateBounds, FieldOverlay, Overlay, Place, VolumeBounds, read_overlay

HEAD = "# Made from overlay.yaml by `hub contract build`; write there, not here.\n"

_NUMBERS = frozenset({Kind.INTEGER, Kind.AMOUNT, Kind.MEASURE})
_FITS: Mapping[str, frozenset[Kind]] = {
    "pattern": frozenset({Kind.CODE}),
    "max_length": frozenset({Kind.CODE}),
    "codes": frozenset({Kind.LIST}),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "date_range": frozenset({Kind.INSTANT, Kind.DATE}),
}
"""Clause -> kinds of fields that it can be said of."""

Document = dict[str, Any]


class _Indented(yaml.SafeDumper):
    """Writes lists indented below their key, as the other contracts are written."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)


def build(place: Place) -> str:
    """Return the text of the contract that an overlay comes to.

    Raises:
        ConfigError: the overlay cannot be read, stands on a version that there is not, names a
            field that there is not, or loosens (``OVERLAY-LOOSENS``, which names the clause).
    """
    overlay = read_overlay(place)
    document = materialise(overlay, load_contract(place.feed, "", overlay.national), place)
    return HEAD + yaml.dump(
        document, Dumper=_Indented, allow_unicode=True, sort_keys=False, width=98
    )


def materialise(overlay: Overlay, national: Contract, place: Place) -> Document:
    """Return the ODCS document of an overlay on a national contract.

    Raises:
        ConfigError: as ``build``.
    """
    text = folder(national.feed, "", national.version).joinpath(FILE).read_text(encoding="utf-8")
    document: Document = yaml.safe_load(text)
    _check_fields(overlay, national, str(place))
    table = document["schema"][0]
    for prop in table["properties"]:
        if said := overlay.fields.get(prop["name"]):
            _tighten_field(prop, said, f"{place}: fields.{prop['name']}")
    _tighten_day(table.setdefault("quality", []), overlay, str(place))
    return document | {
        "id": f"{document['id']}:{place.name}",
        "name": overlay.title,
        "version": place.version,
        "description": document["description"] | {"purpose": overlay.purpose},
        "customProperties": [
            *document.get("customProperties", []),
            {"property": "overlayOf", "value": national.id},
        ],
    }


def _check_fields(overlay: Overlay, national: Contract, where: str) -> None:
    kinds = {field.name: field.kind for field in national.fields}
    for name, said in overlay.fields.items():
        if name not in kinds:
            _refuse(f"{where}: fields", name, ", ".join(kinds), "no such field")
        for clause in sorted(said.model_fields_set & set(_FITS)):
            if kinds[name] not in _FITS[clause]:
                allowed = ", ".join(sorted(_FITS[clause]))
                _refuse(f"{where}: fields.{name}.{clause}", kinds[name], allowed, "does not fit")


def _refuse(where: str, seen: str, allowed: str, why: str) -> NoReturn:
    raise ConfigError(
        f"Hợp đồng riêng không khớp hợp đồng quốc gia / overlay: {why}",
        where=where,
        seen=seen,
        allowed=allowed,
    )


def _hold(is_held: bool, where: str, seen: object, allowed: object) -> None:
    """Refuse a clause that loosens.

    Raises:
        ConfigError: OVERLAY-LOOSENS.
    """
    if not is_held:
        raise ConfigError(
            "Hợp đồng riêng nới lỏng hợp đồng quốc gia / the overlay loosens the national contract",
            code="OVERLAY-LOOSENS",
            where=where,
            seen=str(seen)[:80],
            allowed=str(allowed)[:200],
            action="siết lại hoặc bỏ điều khoản ấy / tighten or drop it; then hub contract build",
        )


def _lowered(where: str, seen: Any, national: Any) -> Any:
    _hold(national is None or seen <= national, where, seen, f"≤ {national}")
    return seen


def _raised(where: str, seen: Any, national: Any) -> Any:
    _hold(national is None or seen >= national, where, seen, f"≥ {national}")
    return seen


_Bound = Callable[[str, Any, Any], Any]
_BOUNDS: tuple[tuple[str, str, _Bound], ...] = (
    ("max_length", "maxLength", _lowered),
    ("minimum", "minimum", _raised),
    ("maximum", "maximum", _lowered),
)
"""Clause of an overlay, word of ODCS, the way in which it may go."""


def _tighten_field(prop: Document, said: FieldOverlay, where: str) -> None:
    if said.title:
        prop["businessName"] = said.title
    if said.source:
        prop["physicalName"] = said.source
    if said.required is not None:
        _hold(said.required or not prop.get("required"), f"{where}.required", "false", "true")
        prop["required"] = said.required or prop.get("required", False)
    if options := {**prop.get("logicalTypeOptions", {}), **_options(prop, said, where)}:
        prop["logicalTypeOptions"] = options
    quality = prop.setdefault("quality", [])
    if said.codes:
        _narrow_list(quality, said, f"{where}.codes")
    if said.date_range:
        _narrow_dates(quality, said.date_range, f"{where}.date_range")
    if not quality:
        del prop["quality"]


def _options(prop: Document, said: FieldOverlay, where: str) -> Document:
    national = prop.get("logicalTypeOptions", {})
    found = {
        word: way(f"{where}.{clause}", value, national.get(word))
        for clause, word, way in _BOUNDS
        if (value := getattr(said, clause)) is not None
    }
    if said.pattern:
        found["pattern"] = _both(national.get("pattern", ""), said.pattern)
    return found


def _both(national: str, own: str) -> str:
    r"""Return a pattern that a whole text fits exactly when it fits both.

    >>> import re
    >>> pattern = _both(r"^\d{5}$", "^0.*$")
    >>> [bool(re.fullmatch(pattern, text)) for text in ("01234", "11234", "012345")]
    [True, False, False]
    """
    if not national or national == own:
        return own
    return rf"^(?=(?:{national})(?![\s\S]))(?:{own})$"


def _narrow_list(quality: list[Document], said: FieldOverlay, where: str) -> None:
    rule = _rule(quality, "code_list")
    assert rule is not None, "checked by its kind"
    known = rule.get("codes") or [entry.code for entry in all_entries(rule["list"])]
    for code in said.codes:
        _hold(code in known, where, code, ", ".join(known))
    rule["codes"] = list(said.codes)


def _narrow_dates(quality: list[Document], asked: DateBounds, where: str) -> None:
    rule = _rule(quality, "date_range")
    national = terms.DateRange.model_validate(rule) if rule else None
    if rule is None:
        rule = _add(quality, {"rule": "date_range"})
    if asked.earliest is not None:
        earliest = national.earliest if national else None
        rule["earliest"] = _raised(f"{where}.earliest", asked.earliest, earliest).isoformat()
    if asked.days_after is not None:
        after = national.days_after if national else None
        rule["days_after"] = _lowered(f"{where}.days_after", asked.days_after, after)


def _tighten_day(quality: list[Document], overlay: Overlay, where: str) -> None:
    if overlay.rejects is not None:
        rule = _rule(quality, "rejects")
        share = _lowered(f"{where}: rejects", overlay.rejects, rule and rule.get("share", 0.10))
        _say(
            quality,
            {"rule": "rejects", "share": share},
            f"At most {100 * share:g} % of the rows may be quarantined.",
        )
    if overlay.volume:
        _narrow_volume(quality, overlay.volume, f"{where}: volume")
    if overlay.closed is not None:
        is_closed = _rule(quality, "closed") is not None
        _hold(overlay.closed or not is_closed, f"{where}: closed", "false", "true")
        if overlay.closed:
            _say(quality, {"rule": "closed"}, "An unknown field refuses the day.")


def _narrow_volume(quality: list[Document], asked: VolumeBounds, where: str) -> None:
    said = _rule(quality, "volume")
    national = terms.Volume.model_validate(said) if said else None
    rule = dict(said or {"rule": "volume"})
    if asked.lowest is not None:
        lowest = national.lowest if national else None
        rule["lowest"] = _raised(f"{where}.lowest", asked.lowest, lowest)
    if asked.highest is not None:
        highest = national.highest if national else None
        rule["highest"] = _lowered(f"{where}.highest", asked.highest, highest)
    bounds = terms.Volume.model_validate(rule)
    _say(
        quality,
        rule,
        f"Between {100 * bounds.lowest:g} % and {100 * bounds.highest:g} % of its own median.",
    )


def _rule(quality: list[Document], name: str) -> Document | None:
    """Return the implementation of a rule of ours, None where there is none."""
    for entry in quality:
        rule: Document = entry.get("implementation", {})
        if entry.get("engine") == terms.ENGINE and rule.get("rule") == name:
            return rule
    return None


def _add(quality: list[Document], rule: Document, **more: str) -> Document:
    quality.append({**more, "type": "custom", "engine": terms.ENGINE, "implementation": rule})
    return rule


def _say(quality: list[Document], rule: Document, description: str) -> None:
    """Put a rule over the day in the place of the national one, or after all others."""
    for entry in quality:
        if entry.get("implementation", {}).get("rule") == rule["rule"]:
            entry.update(implementation=rule, description=description)
            return
    _add(quality, rule, name=rule["rule"], description=description)
