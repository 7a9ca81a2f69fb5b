"""What goes over HTTP: the JSON of each API, as types."""
