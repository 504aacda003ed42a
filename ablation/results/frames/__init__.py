"""What is stored, as tidy tables.

Knows nothing of tests or intervals.
"""
