"""Figures made of images.

Knows nothing of statistics.
"""
