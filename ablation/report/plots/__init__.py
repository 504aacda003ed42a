"""Plots of numbers: a frame and an axes in, the axes out.

Knows nothing of folders, files or the page.
"""
