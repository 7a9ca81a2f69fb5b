"""File options of one's own: a contract in which go_package and the like are added or replaced."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileOptions

from protoalign.contract import Contract, ContractFile, build_contract
from protoalign.errors import PrintError

__all__ = ["checked_file_option", "contract_with_file_options"]

SCALAR_FILE_OPTIONS = {
    option.name: option
    for option in FileOptions.DESCRIPTOR.fields
    if option.message_type is None and not option.is_repeated
}


def contract_with_file_options(contract: Contract, options: Mapping[str, str | bool]) -> Contract:
    """The contract with file options added to its own files, or replaced in them.

    Its digest is another one, and texts that were printed with these options are to be proved against it.

    Args:
        contract: the contract to start from.
        options: option name to value; true and false may come as strings. In a value `{path}`, `{dir}`, `{stem}` and
            `{package}` stand for the file's path, its folder, its name without suffix, and its protobuf package.

    Raises:
        PrintError: a name is no scalar option of a file, or its value has the wrong type.
    """
    files = []
    for file in contract.files:
        filled = {name: _filled(value, file) for name, value in options.items()}
        files.append(ContractFile.of(_with_file_options(file.descriptor, filled)))
    return build_contract(files, contract.provenance, available=contract.imports, comments=contract.comments)


def checked_file_option(name: str, value: str | bool) -> str | bool:
    """The value as the option's type has it.

    Raises:
        PrintError: the name is no scalar option of a file, or the value has the wrong type.
    """
    option = SCALAR_FILE_OPTIONS.get(name)
    if option is None:
        (close,) = get_close_matches(name, SCALAR_FILE_OPTIONS, n=1, cutoff=0.0)
        raise PrintError(f"{name!r} is no file option that takes a single value", hint=f"Did you mean {close}?")
    if option.type == FieldDescriptor.TYPE_BOOL:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise PrintError(f"the file option {name} takes true or false, not {value!r}")
    if not isinstance(value, str):
        raise PrintError(f"the file option {name} takes a string, not {value!r}")
    if option.enum_type is not None and value not in option.enum_type.values_by_name:
        known = ", ".join(option.enum_type.values_by_name)
        raise PrintError(f"the file option {name} takes one of {known}, not {value!r}")
    return value


def _with_file_options(descriptor: FileDescriptorProto, options: Mapping[str, str | bool]) -> FileDescriptorProto:
    changed = FileDescriptorProto.FromString(descriptor.SerializeToString())
    for name, value in options.items():
        checked = checked_file_option(name, value)
        enum = SCALAR_FILE_OPTIONS[name].enum_type
        setattr(changed.options, name, checked if enum is None else enum.values_by_name[str(checked)].number)
    return changed


def _filled(value: str | bool, file: ContractFile) -> str | bool:
    if isinstance(value, bool):
        return value
    path = PurePosixPath(file.name)
    folder = "" if path.parent == PurePosixPath() else str(path.parent)
    places = {"{path}": file.name, "{dir}": folder, "{stem}": path.stem, "{package}": file.package}
    for place, text in places.items():
        value = value.replace(place, text)
    return value
