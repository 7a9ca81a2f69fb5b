"""What the clients of collections do beyond single calls: uploads in batch, and waiting."""
