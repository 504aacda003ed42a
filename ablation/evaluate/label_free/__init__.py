"""Label-free scores of a representation, each by the definition of the paper that proposed it.

Knows nothing of labels: it sees training images, views of them, and the features of an encoder.
"""
