"""Frozen features to numbers: linear evaluation, kNN, floors and ceiling."""
