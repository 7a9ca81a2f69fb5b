"""The command line: one module per command, each of flags, one library call and one renderer."""
