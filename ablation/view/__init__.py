"""Serves results folders to a browser on this machine: an index, reports, and grids as they run."""
