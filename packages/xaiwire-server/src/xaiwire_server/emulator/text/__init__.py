"""What models do with texts, done by ordinary means: tokens, vectors, chunks, pictures."""
