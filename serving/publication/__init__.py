"""Publication: the 13 packets of the national reporting system, built from what is signed."""
