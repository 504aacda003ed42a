"""Where pixels come from: every source becomes a memory map of uint8 that all workers share.

Knows nothing of augmentations or of training.
"""
