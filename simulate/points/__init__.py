"""Points schedules: declared items, facts counted as the notice says, and what each child scores."""
