"""REST: datasets as JSON by pages, and as files that are streamed."""
