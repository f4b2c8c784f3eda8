"""How each kind of source system spells the rows of a day."""
