"""Runs and ensembles side by side on the same scores: `xuequ compare`."""
