"""Contract to .proto text."""
