"""Texts for spreadsheets: a cell that begins like a formula is run by them, so none does."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media type of workbooks."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("Bộ Y tế")
    ("'=1+1", 'Bộ Y tế')
    """
    return f"'{text}" if text.startswith(DANGEROUS) else text
