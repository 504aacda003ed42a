"""The SimCLR job: encoders, projection heads, objectives, optimisers, the loop."""
