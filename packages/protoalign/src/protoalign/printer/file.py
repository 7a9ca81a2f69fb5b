"""Whole files: syntax, package, imports, options, then the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import Edition, FileDescriptorProto

from protoalign.contract.elements import joined
from protoalign.contract.wellknown import WELL_KNOWN
from protoalign.errors import PrintError
from protoalign.printer.comments import Comments, comment_lines
from protoalign.printer.context import FileContext, Syntax
from protoalign.printer.definitions import Definitions, check_known
from protoalign.printer.enum import print_enum
from protoalign.printer.file_options import contract_with_file_options
from protoalign.printer.lines import Item, stacked
from protoalign.printer.literals import is_full_identifier, quoted
from protoalign.printer.message import Scope, print_declarations
from protoalign.printer.names import Names
from protoalign.printer.options import OptionPrinter
from protoalign.printer.service import print_service
from protoalign.printer.settings import PrintOptions

if TYPE_CHECKING:
    from protoalign.contract import Comment, Contract

__all__ = ["print_contract", "print_file"]

FILE = FileDescriptorProto
DEFAULTS = PrintOptions()
NO_COMMENTS: Mapping[tuple[int, ...], Comment] = MappingProxyType({})


def print_contract(contract: Contract, options: PrintOptions = DEFAULTS, *, imports: bool = False) -> dict[str, str]:
    """The contract's own files as .proto text, by name and in the order of their names.

    Args:
        contract: the contract.
        options: how to print.
        imports: whether to print imported files too; well-known ones, which every compiler has, are left out.

    Raises:
        PrintError: something that no text can express, or an option that no definition explains.
        DescriptorError: the protobuf runtime refuses a file.
    """
    contract = _as_chosen(contract, options)
    wanted = {file.name for file in contract.files}
    if imports:
        wanted.update(file.name for file in contract.imports if file.name not in WELL_KNOWN)
    texts: dict[str, str] = {}
    for group in contract.groups:
        missing = [name for name in group if name in wanted and name not in texts]
        if missing:
            definitions = Definitions.of(contract, group)
            texts.update((name, _print(contract, name, definitions, options)) for name in missing)
    return dict(sorted(texts.items()))


def print_file(contract: Contract, name: str, options: PrintOptions = DEFAULTS) -> str:
    """One file of the contract, an import too, as .proto text; `options.file_options` change own files only.

    Raises:
        PrintError: something that no text can express, or an option that no definition explains.
        DescriptorError: the protobuf runtime refuses a file.
        KeyError: the contract holds no file of that name.
    """
    contract = _as_chosen(contract, options)
    group = next((group for group in contract.groups if name in group), None)
    if group is None:
        raise KeyError(name)
    return _print(contract, name, Definitions.of(contract, group), options)


def _as_chosen(contract: Contract, options: PrintOptions) -> Contract:
    return contract_with_file_options(contract, options.file_options) if options.file_options else contract


def _print(contract: Contract, name: str, definitions: Definitions, options: PrintOptions) -> str:
    file = contract.by_name[name].descriptor
    names = Names(definitions.symbols, name, file.package)
    context = FileContext(
        file=name,
        syntax=_syntax(file),
        names=names,
        printer=OptionPrinter(definitions, names),
        comments=Comments(contract.comments_of(name) if options.comments else NO_COMMENTS),
    )
    check_known(file, name)
    package = file.package
    if package and not is_full_identifier(package):
        raise PrintError(f"{package!r} is no package name that protobuf's language allows", where=name)
    items = [*_preamble(context, file), *_declarations(context, file)]
    if options.header:
        items.insert(0, Item(comment_lines(options.header), "header"))
    return "\n".join(stacked(items)) + "\n"


def _syntax(file: FileDescriptorProto) -> Syntax:
    if file.syntax in ("", "proto2"):
        return "proto2"
    if file.syntax == "proto3":
        return "proto3"
    if file.syntax == "editions":
        return "editions"
    raise PrintError(f"{file.syntax!r} is no syntax of protobuf's language", where=file.name)


def _preamble(context: FileContext, file: FileDescriptorProto) -> list[Item]:
    statement = context.comments.statement
    if context.syntax == "editions":
        edition = _edition(file)
        first = f'edition = "{edition}";'
    else:
        first = f'syntax = "{context.syntax}";'
    items = [
        statement([first], (FILE.SYNTAX_FIELD_NUMBER,), (FILE.EDITION_FIELD_NUMBER,), group="syntax"),
    ]
    if file.package:
        items.append(statement([f"package {file.package};"], (FILE.PACKAGE_FIELD_NUMBER,), group="package"))
    items.extend(_imports(context, file))
    options = context.options(file, scope=joined(file.package, "file"), where=file.name)
    # The language's own options by name, as buf format has them; then custom ones, whose order the wire keeps.
    options.sort(key=lambda option: (option.is_custom, "" if option.is_custom else option.name))
    items.extend(context.option_items(options, (FILE.OPTIONS_FIELD_NUMBER,)))
    return items


def _edition(file: FileDescriptorProto) -> str:
    # Known editions go by name; a number that this runtime does not know is refused with the unknown fields.
    name = Edition.Name(file.edition)
    if file.edition < Edition.EDITION_2023:
        raise PrintError(f"no text can declare the edition {name}", where=file.name)
    return name.removeprefix("EDITION_")


def _imports(context: FileContext, file: FileDescriptorProto) -> list[Item]:
    public, weak = set(file.public_dependency), set(file.weak_dependency)
    indexes = range(len(file.dependency))
    if not (public | weak).issubset(indexes) or public & weak:
        raise PrintError("its public and weak imports contradict its list of imports", where=file.name)
    items: list[Item] = []
    for index in indexes:
        modifier = "public " if index in public else "weak " if index in weak else ""
        path = (FILE.DEPENDENCY_FIELD_NUMBER, index)
        line = f"import {modifier}{quoted(file.dependency[index])};"
        items.append(context.comments.statement([line], path, group="import"))
    for index, name in enumerate(file.option_dependency):
        path = (FILE.OPTION_DEPENDENCY_FIELD_NUMBER, index)
        items.append(context.comments.statement([f"import option {quoted(name)};"], path, group="import"))
    return items


def _declarations(context: FileContext, file: FileDescriptorProto) -> list[Item]:
    """The top level: services, which say what the file is for, then messages, enums and extensions."""
    scope = Scope(
        name=file.package,
        where=file.name,
        messages=file.message_type,
        messages_path=(FILE.MESSAGE_TYPE_FIELD_NUMBER,),
        extensions=file.extension,
        extensions_path=(FILE.EXTENSION_FIELD_NUMBER,),
    )
    services = [
        print_service(context, service, file.package, (FILE.SERVICE_FIELD_NUMBER, index))
        for index, service in enumerate(file.service)
    ]
    enums = [
        print_enum(context, enum, file.package, (FILE.ENUM_TYPE_FIELD_NUMBER, index))
        for index, enum in enumerate(file.enum_type)
    ]
    declarations = print_declarations(context, scope)
    # Extensions stand behind the enums, unless messages wait for the groups in them.
    messages = len(declarations)
    while messages and declarations[messages - 1].group == "extend":
        messages -= 1
    return [*services, *declarations[:messages], *enums, *declarations[messages:]]
