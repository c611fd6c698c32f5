"""Many draws of a school year: what is uncertain is drawn, every scenario sees the same draws."""
