"""The roof: commands."""
