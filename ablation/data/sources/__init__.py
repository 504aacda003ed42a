"""One file a source of images, each into the same arrays.

Knows nothing of splits chosen elsewhere or of devices.
"""
