"""Is the benchmark command sound."""
