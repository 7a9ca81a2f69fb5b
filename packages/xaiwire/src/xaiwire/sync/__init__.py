"""The resources of `xaiwire.Client`, each in a module of its own."""
