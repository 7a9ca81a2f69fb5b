"""The emulator: the whole API on one port, with real state."""
