"""Comparing plans: what a plan comes to, and which units another one moves."""
