"""The page of a study: one HTML file that needs no network.

Knows nothing of matplotlib beyond the figures it is handed.
"""
