"""Results on four shelves: stored, frames, statistics, findings; each imports only those before it.

`study.py`, above them, reads a folder once and computes each thing once; `loading.py` is for those who name
the folder by its path. Below them all, `metrics.py` is the one table of what is measured.

Knows nothing of torch or of figures.
"""
