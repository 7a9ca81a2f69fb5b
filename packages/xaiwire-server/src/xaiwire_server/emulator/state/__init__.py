"""What the emulator keeps: a database and the contents of files. All methods are called by one thread."""
