"""The protoc plugin `protoc-gen-protoalign`: options in, service wrappers or proof tests out."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from protobuf import maximum_supported_edition, minimum_supported_edition
from protobuf.plugin import run
from protobuf.wkt.google.protobuf.compiler.plugin_pb import CodeGeneratorResponse

from protoalign import __version__
from protoalign.errors import InputError, ProtoalignError
from protoalign.settings.tables import nearest

if TYPE_CHECKING:
    from protobuf.plugin import Schema

__all__ = ["LANGUAGES", "PluginOptions", "main", "parse_parameter", "respond"]

PLUGIN = "protoc-gen-protoalign"
LANGUAGES = ("python", "go", "go-proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginOptions:
    """What the plugin's parameter says: `key=value` pairs, joined by commas.

    Attributes:
        language: what to write: `python` and `go` for service wrappers, `go-proof` for a test of the generated Go
            messages against wire vectors.
        names: the file that names the wrappers, as `generate.names` reads it; empty for none.
        messages: Python: the dotted package of the messages that protoc-gen-py writes, such as `xaiwire._gen`; empty
            where they lie at the top of the import path.
        module_messages: Go: the import path of the folder with the packages of the generated messages.
        package: Go: the name of the package of the wrappers, or of the test.
        vectors: Go: the path from the test's folder to the vectors, `/` between folders.
        wrappers: Go: the import path of the wrappers' package, for the test to call them; empty for none.
    """

    language: str
    names: str = ""
    messages: str = ""
    module_messages: str = ""
    package: str = "services"
    vectors: str = ""
    wrappers: str = ""


def parse_parameter(parameter: str) -> PluginOptions:
    """Read the plugin's parameter.

    Raises:
        InputError: a part is no `key=value`, its key is unknown or given twice, or the language is missing or unknown.
    """
    known = [field.name for field in fields(PluginOptions)]
    values: dict[str, str] = {}
    for part in filter(None, parameter.split(",")):
        key, equals, value = part.partition("=")
        if key not in known:
            raise InputError(f'the option "{key}" is unknown; {nearest(key, known)}', where=PLUGIN)
        if not equals:
            raise InputError(f"the option {key} lacks a value", where=PLUGIN, hint=f"Write {key}=VALUE.")
        if key in values:
            raise InputError(f"the option {key} is given twice", where=PLUGIN)
        values[key] = value
    language = values.setdefault("language", "")
    if language not in LANGUAGES:
        what = f'knows no language "{language}"' if language else "is not told a language"
        raise InputError(what, where=PLUGIN, hint=f"Give language= one of {', '.join(LANGUAGES)}.")
    return PluginOptions(**values)


def respond(request: bytes) -> bytes:
    """Answer one request of a compiler.

    Args:
        request: a serialized `google.protobuf.compiler.CodeGeneratorRequest`.

    Returns:
        The serialized `CodeGeneratorResponse`. What is wrong with the input stands in its `error` as a sentence, what
        is wrong with the plugin as a traceback.
    """
    refused: list[ProtoalignError] = []
    answer = BytesIO()

    # The framework makes a traceback of every exception; a mistake in the input deserves a sentence.
    def options(parameter: str) -> PluginOptions | None:
        try:
            return parse_parameter(parameter)
        except ProtoalignError as error:
            refused.append(error)
            return None

    def generate(schema: Schema[PluginOptions | None]) -> None:
        try:
            if schema.options is not None:
                _generate(schema, schema.options)
        except ProtoalignError as error:
            refused.append(error)

    run(PLUGIN, __version__, options, generate, args=[], stdin=BytesIO(request), stdout=answer)
    if refused:
        return CodeGeneratorResponse(
            error=str(refused[0]),
            supported_features=int(
                CodeGeneratorResponse.Feature.PROTO3_OPTIONAL | CodeGeneratorResponse.Feature.SUPPORTS_EDITIONS
            ),
            minimum_edition=int(minimum_supported_edition),
            maximum_edition=int(maximum_supported_edition),
        ).to_binary()
    return _docstrings_first(answer.getvalue())


def main() -> None:
    """Run as a program: a request on standard input, the response on standard output."""
    if "--version" in sys.argv[1:]:
        sys.stdout.write(f"{PLUGIN} v{__version__}\n")
        return
    if sys.stdin.isatty():
        sys.exit(f"{PLUGIN} is started by buf or protoc, not by hand; see protoalign generate --help")
    sys.stdout.buffer.write(respond(sys.stdin.buffer.read()))


def _generate(schema: Schema[PluginOptions | None], options: PluginOptions) -> None:
    from protoalign.generate.names import read_names
    from protoalign.generate.services import service_models

    names = read_names(Path(options.names) if options.names else None)
    services = service_models(schema.files_to_generate, names)
    match options.language:
        case "python":
            from protoalign.generate.python_wrappers import write_python_wrappers

            write_python_wrappers(schema, services, options)
        case "go":
            from protoalign.generate.go_wrappers import write_go_wrappers

            write_go_wrappers(schema, services, options)
        case _:
            from protoalign.generate.go_proof import write_go_proof

            write_go_proof(schema, services, options)


def _docstrings_first(response: bytes) -> bytes:
    """Drop the import that the framework puts before all else in Python files, where a module's docstring belongs."""
    added = "from __future__ import annotations\n\n\n"
    parsed = CodeGeneratorResponse.from_binary(response)
    for file in parsed.file:
        if file.name.endswith(".py"):
            file.content = file.content.removeprefix(added)
    return parsed.to_binary()
