"""Official forms: their definitions as data, filled from marts, printed, signed and explained."""
