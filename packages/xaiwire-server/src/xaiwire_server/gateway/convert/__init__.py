"""From the shapes of REST to the contract's messages and back; pure functions."""
