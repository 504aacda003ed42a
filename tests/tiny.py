"""The grid of tests that run cells of no cost; what a test wants otherwise goes before it."""

TINY = """
data = { source = "shapes", train = 40, test = 20, size = 8 }
[augmentations]
crop = {}
color = { strength = 0.5 }
[pretrain]
batch_size = 8
"""
