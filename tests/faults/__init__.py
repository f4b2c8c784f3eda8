"""The fault campaign: kill, pause, cut off and crash the load, then look for a lost or doubled day."""
