"""One file for each source of images; all of them fill the same arrays.

Knows nothing of splits chosen elsewhere, or of devices.
"""
