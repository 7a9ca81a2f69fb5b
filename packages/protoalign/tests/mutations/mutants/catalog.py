"""All kinds of mutations."""

from mutants import enums, extensions, field_types, fields, files, messages, options, services
from mutants.kind import Kind

KINDS: tuple[Kind, ...] = (
    *fields.KINDS,
    *field_types.KINDS,
    *messages.KINDS,
    *enums.KINDS,
    *services.KINDS,
    *extensions.KINDS,
    *files.KINDS,
    *options.KINDS,
)
