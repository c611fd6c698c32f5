"""The benchmark of the engine: `python -m tests.bench`."""
