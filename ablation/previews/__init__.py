"""Shows what a grid does to its images, before anything is trained.

Knows nothing of results.
"""
