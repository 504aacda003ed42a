"""Many jobs: which are pending, worker processes or a cluster, devices, what is left behind.

Knows nothing of what a job computes, or of how progress is shown.
"""
