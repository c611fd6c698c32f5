"""Readers: each kind of file becomes rows of text and geometry, or one clear error."""
