"""SDMX: the published cuts as dataflows, by the SDMX REST API 2 (SDMX 3.0), in JSON and CSV."""
