"""The grid file as text: reading it, `--set`, and every error with its place.

Knows nothing of what a grid means.
"""
