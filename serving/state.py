"""States of partitions as pages show them: a glyph beside the colour, never colour alone."""

from markupsafe import Markup

from hub.matrix import GRAVITY, LACKING
from serving.view import View

GLYPHS = {
    "loaded": "",
    "late": "▾",
    "quarantine": "!",
    "provisional": "◐",
    "running": "…",
    "missing": "✕",
    "failed": "↯",
    "rejected": "⊘",
    "not_due": "·",
    "not_required": "",
    "unchanged": "",
    "superseded": "»",
}
"""State -> glyph."""

PROBLEMS = frozenset(GRAVITY[: GRAVITY.index("late")])
"""States that an operator looks into: their cells are links."""

assert LACKING < PROBLEMS


def plain_cells(view: View) -> dict[str, Markup]:
    """Return state -> a table's cell that shows it and leads nowhere, for pages of many cells."""
    cell = Markup('<td class="{}" aria-label="{}">{}</td>')
    return {
        state: cell.format(state, text, GLYPHS[state]) for state, text in state_texts(view).items()
    }


def state_texts(view: View) -> dict[str, str]:
    """Return state -> its name in the page's language, for pages of many cells."""
    return {state: view.say(f"state.{state}") for state in GLYPHS}
