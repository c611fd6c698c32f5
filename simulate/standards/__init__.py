"""National standards of schools and districts, and the class count as a lever."""
