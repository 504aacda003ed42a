"""The workers of a Dask cluster as another place to run jobs.

Knows nothing of what a job computes.
"""
