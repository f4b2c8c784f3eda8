"""One command that measures the hub against the floor and against dlt, as ratios."""
