"""Results in a browser on this machine; read-only.

Knows nothing of how the report page is made.
"""
