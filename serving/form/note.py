"""Notes below a form: what columns leave out and why, and what signs behind names mean."""

from serving.form.filling import Filled
from serving.numeral import Lang
from serving.word import say


def notes_of(filled: Filled, lang: Lang) -> list[str]:
    """Return the notes of a form, each once, with the columns that it speaks of."""
    by_text: dict[str, list[int]] = {}
    for column in filled.definition.figures:
        if column.note:
            by_text.setdefault(column.note.text(lang), []).append(column.number)
        if column.missing:
            required = " " + say("form.note_required", lang) if column.is_required else ""
            text = f"– {column.missing.text(lang)}{required}"
            by_text.setdefault(text, []).append(column.number)
    told = [f"{' '.join(f'({n})' for n in numbers)} {text}" for text, numbers in by_text.items()]
    if filled.definition.awaiting == "resolved":
        told.append(say("form.note_awaiting", lang))
    marks = sorted({row.mark for row in filled.rows} - {""})
    return [*told, *(say(f"form.mark_{mark}", lang) for mark in marks), say("form.note_dash", lang)]
