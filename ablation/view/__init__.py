"""Results in a browser on this machine; read-only.

Knows nothing of how a page is made.
"""
