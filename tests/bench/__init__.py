"""Benchmarks: ratios measured in one run, by `make bench`; pytest does not collect them."""
