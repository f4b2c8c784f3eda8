"""What happens: claim, pull, land, judge, load; plan, replay, report."""
