"""What the numbers mean: the verdict, the recommendation, comparisons, each beside its words.

Knows nothing of figures.
"""
