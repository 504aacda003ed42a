"""What users type in a shell, and what it prints.

Knows nothing of training or statistics: every number comes from a package below.
"""
