"""What a year does: policy, tickets, mechanisms, stages, the run folder, the report, the command line."""
