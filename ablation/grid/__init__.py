"""What to run: the grid file, its cells, their identity; torch is never imported."""
