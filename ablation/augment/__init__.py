"""What happens to pixels: the operations, and the two views of a batch.

Knows nothing of encoders, labels or files.
"""
