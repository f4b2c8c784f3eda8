"""What we show: pages, forms, open data, SDMX and packets; reads the warehouse, writes no fact."""
