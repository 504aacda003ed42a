"""Colour histograms to numbers: leak from the views, use by an encoder, colour bias."""
