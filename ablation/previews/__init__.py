"""What a grid does to its images, shown before anything is trained.

Knows nothing of results.
"""
