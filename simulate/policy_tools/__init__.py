"""Work on policy files: read them with every fault at once, check, show, compare; their JSON Schema."""
