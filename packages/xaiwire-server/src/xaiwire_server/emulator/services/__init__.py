"""The ten services of the contract: one module each."""
