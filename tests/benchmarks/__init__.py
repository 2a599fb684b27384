"""Comparisons with other tools: `python -m tests.benchmarks` prints one table."""
