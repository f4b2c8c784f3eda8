"""How we fetch: kinds without I/O, and the one module that touches a network."""
