"""One job: encoders, heads, objectives, optimisers and the loop; also the baselines that share them.

Knows nothing of evaluation, or of what else the grid runs.
"""
