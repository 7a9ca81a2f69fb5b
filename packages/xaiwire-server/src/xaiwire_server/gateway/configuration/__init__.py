"""Where a gateway's settings come from: a file, the environment, and the command line."""
