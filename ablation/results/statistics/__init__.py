"""Numbers with their errors.

Knows nothing of colour, of recommendations or of words.
"""
