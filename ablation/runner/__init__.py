"""Many cells: what is pending, worker processes, devices, retries, progress."""
