"""Causes in plain words: what a broken rule means to the person who must mend it."""

import re

from contracts.model import Contract
from contracts.rule import DateOrder, SumAtMost, SumEquals
from serving.view import View
from serving.word import words

SEEN = 60
"""Characters of a broken value that are shown."""
_NUMBER = re.compile(r"(?<!\d)\d{9,12}(?!\d)")
"""Runs of digits as long as identity and telephone numbers."""


def cause_text(view: View, contract: Contract, rule: str, code: str, field: str) -> str:
    """Return in one sentence what a row did wrong.

    Args:
        view: language of the page.
        contract: what the row was judged by.
        rule: name of the rule in the contract.
        code: reason code.
        field: contract field; empty for rules over several.
    """
    broken = next((named.rule for named in contract.rules if named.name == rule), None)
    match broken:
        case DateOrder():
            order = {"later": broken.later, "earlier": broken.earlier}
            named = {key: field_title(view, contract, name) for key, name in order.items()}
            return view.say(
                "quarantine.order", later=named["later"], earlier=_inside(named["earlier"])
            )
        case SumAtMost() | SumEquals():
            parts = " + ".join(field_title(view, contract, name) for name in broken.parts)
            key = "sum_over" if isinstance(broken, SumAtMost) else "sum_other"
            whole = _inside(field_title(view, contract, broken.whole))
            return view.say(f"quarantine.{key}", parts=parts, whole=whole)
    told = view.say(f"cause.{code}")
    if not field:
        return told
    return f"{field_title(view, contract, field)}: {_inside(told)}"


def field_title(view: View, contract: Contract, name: str) -> str:
    """Return what a reader calls a contract's field."""
    title = next((f.title_vi for f in contract.fields if f.name == name), "")
    if view.lang == "vi" and title:
        return title
    return name.replace("_", " ").capitalize()


def fix_text(view: View, code: str) -> str:
    """Return how to mend what a reason code tells."""
    key = f"fix.{code}"
    return view.say(key if key in words() else "fix.engineer")


def masked(seen: str) -> str:
    """Return a broken value without what may be a person's number or address, cut.

    >>> masked("001099012345"), masked("a@b.vn"), masked("x" * 70)[-2:], masked("1.009.9999")
    ('001…', '…@…', 'x…', '1.009.9999')
    """
    if "@" in seen:
        return "…@…"
    text = _NUMBER.sub(lambda found: found[0][:3] + "…", seen)
    return text if len(text) <= SEEN else text[:SEEN] + "…"


def _inside(text: str) -> str:
    """Return a text as it stands inside a sentence: abbreviations keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
