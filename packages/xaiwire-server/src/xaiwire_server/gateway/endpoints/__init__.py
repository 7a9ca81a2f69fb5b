"""What each route does: read, convert, call, convert, answer."""
