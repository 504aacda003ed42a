"""One picture after the other: from a file of any kind, depth and size to 8 bits and one size.

Knows nothing of classes, splits or data sets.
"""
