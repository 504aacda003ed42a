"""Many jobs: which are pending, worker processes or a cluster, devices, what a run leaves behind.

Knows nothing of what a job computes, or of how progress is shown.
"""
