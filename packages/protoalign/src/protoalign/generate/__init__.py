"""A contract becomes code: messages and stubs by the languages' own plugins, service wrappers by ours."""
