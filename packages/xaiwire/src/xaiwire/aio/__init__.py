"""The resources of `xaiwire.AsyncClient`, each in a module of its own."""
