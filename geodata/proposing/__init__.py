"""Propose a project file for the files that a planner has: each table and column with its reason."""
