"""RPCs as handlers see them, whatever protocol they came by."""
