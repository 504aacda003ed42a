"""Results on four shelves: stored, frames, statistics, findings; each imports only those before it.

`study.py`, above them, reads a folder once and reckons each thing once.

Knows nothing of torch or of figures.
"""
