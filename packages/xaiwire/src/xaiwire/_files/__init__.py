"""Where uploads are read from, and where downloads go."""
