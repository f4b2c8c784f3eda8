"""Access patterns, one module each, written without I/O."""
