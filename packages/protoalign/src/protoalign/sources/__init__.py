"""Where contracts come from: one module per kind of source, one registry that names them."""
