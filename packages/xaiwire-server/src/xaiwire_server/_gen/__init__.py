"""Generated messages: `python -m pytest -k generated` tells whether they are what `proto/` says."""
