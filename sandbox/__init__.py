"""A nation to try the hub on: simulated systems, with faults on demand."""
