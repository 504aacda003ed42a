"""The workers of a cluster, Dask's or Ray's, as another place to run jobs.

Knows nothing of what a job computes.
"""
