"""Pages: one module each, a router and the sentences that it computes."""
