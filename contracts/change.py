"""What a new version of a contract breaks for those who built on the old one."""

from collections.abc import Iterator

from contracts import rule as terms
from contracts.model import Contract, Field


def breaking(old: Contract, new: Contract) -> list[str]:
    """Return every change that may refuse rows the old version took, or take columns away.

    An empty list means that a minor version is enough. Source: semantic versioning, applied to
    what a provider sends (stricter is breaking) and to what a reader gets (less is breaking).
    """
    fields = {f.name: f for f in new.fields}
    found = []
    if old.key != new.key:
        found.append(f"key: {', '.join(old.key)} -> {', '.join(new.key)}")
    if old.day_field != new.day_field:
        found.append(f"day: {old.day_field or 'snapshot'} -> {new.day_field or 'snapshot'}")
    if old.frequency != new.frequency:
        found.append(f"frequency: {old.frequency} -> {new.frequency}")
    for field in old.fields:
        if field.name not in fields:
            found.append(f"{field.name}: removed")
        else:
            found += _field_changes(field, fields[field.name])
    known = {f.name for f in old.fields}
    found += [
        f"{f.name}: new and required" for f in new.fields if f.required and f.name not in known
    ]
    return found + _rule_changes(old, new)


def _field_changes(old: Field, new: Field) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{old.name}: {old.kind} -> {new.kind}"
    if new.required and not old.required:
        yield f"{old.name}: now required"
    if new.pattern and new.pattern != old.pattern:
        yield f"{old.name}: pattern {old.pattern or 'none'} -> {new.pattern}"
    yield from _limit_changes(old, new)
    before = {type(rule): rule for rule in old.rules}
    for rule in new.rules:
        if rule not in old.rules and not _is_looser(before.get(type(rule)), rule):
            yield f"{old.name}: {rule.rule} {'changed' if type(rule) in before else 'added'}"


def _limit_changes(old: Field, new: Field) -> Iterator[str]:
    if new.max_length and (not old.max_length or new.max_length < old.max_length):
        yield f"{old.name}: at most {new.max_length} characters"
    if new.maximum is not None and (old.maximum is None or new.maximum < old.maximum):
        yield f"{old.name}: at most {new.maximum}"
    if new.minimum is not None and (old.minimum is None or new.minimum > old.minimum):
        yield f"{old.name}: at least {new.minimum}"


def _rule_changes(old: Contract, new: Contract) -> list[str]:
    before = {named.name: named.rule for named in old.rules}
    return [
        f"{named.name}: {'changed' if named.name in before else 'new rule'}"
        for named in new.rules
        if before.get(named.name) != named.rule
        and not _is_looser(before.get(named.name), named.rule)
    ]


def _is_looser(old: object, new: object) -> bool:
    """Tell whether a rule only takes more than it took; what cannot be compared does not."""
    match old, new:
        case terms.CodeList(list=before), terms.CodeList(list=after) if before == after:
            return not new.codes or bool(old.codes and set(old.codes) <= set(new.codes))
        case terms.DateRange(), terms.DateRange():
            return new.earliest <= old.earliest and new.days_after >= old.days_after
        case terms.Rejects(), terms.Rejects():
            return new.share >= old.share
        case terms.Volume(), terms.Volume() if (old.days, old.median) == (new.days, new.median):
            return new.lowest <= old.lowest and new.highest >= old.highest
    return False
