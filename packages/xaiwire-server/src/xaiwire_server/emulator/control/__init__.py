"""What tests control and look at: faults, the journal, the clock."""
