"""Disclosure control: which cells of a month stay closed so that no small one can be worked out."""

from serving.disclosure.audit import unproven
from serving.disclosure.cube import Block, Cells, Cube, Grouping, Key, Stock, cells_of
from serving.disclosure.pattern import SMALL, close, protect

__all__ = [
    "SMALL",
    "Block",
    "Cells",
    "Cube",
    "Grouping",
    "Key",
    "Stock",
    "cells_of",
    "close",
    "protect",
    "unproven",
]
