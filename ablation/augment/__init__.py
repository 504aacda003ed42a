"""What happens to pixels: operations, seeded draws, the two views."""
