"""Metrics of the embedded AWS, kept by series, with percentiles."""
