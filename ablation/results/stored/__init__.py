"""What lies on disk: the names, layout and validity of the files of a results folder.

Knows nothing of what they mean.
"""
