"""Calls: what may be said of one, how it is retried, and how it fails."""
