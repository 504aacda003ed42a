"""Results to figures; the training side is never imported."""
