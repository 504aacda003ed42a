"""What to run: the grid file, its cells and their identity, a policy as code to paste.

Knows nothing of results, and never imports torch.
"""
