"""Where the answers of the chat come from."""
