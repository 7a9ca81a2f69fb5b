"""Programs that a proof starts in processes of their own: nothing imports them, they import nothing of protoalign."""
