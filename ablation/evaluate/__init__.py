"""Frozen features to numbers: linear evaluation, kNN, and floors that need no encoder.

Knows nothing of how an encoder was trained.
"""
