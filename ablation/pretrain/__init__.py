"""One job: encoders, heads, objectives, optimisers and the loop; and the baselines that share them.

Knows nothing of evaluation, or of what else the grid runs.
"""
