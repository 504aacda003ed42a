"""A study as page, figures and tables.

Shows what was stored: knows nothing of training, and never imports torch.
"""
