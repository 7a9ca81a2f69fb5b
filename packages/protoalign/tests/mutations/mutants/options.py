"""Mutations of options: deprecation of each kind of element, hints to generators, custom options, features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import FeatureSet, FieldOptions
from mutants.draft import AnyMessage, Draft, F, NotApplicableError, Spot, clear_empty_options, pick
from mutants.kind import kind

Listing = Callable[[Draft], Iterator[Spot]]


def deprecate(listing: Listing, draft: Draft, random: Random) -> None:
    options = pick(
        random, (spot for spot in listing(draft) if not spot.descriptor.options.deprecated)
    ).descriptor.options
    options.deprecated = True


def undeprecate(draft: Draft, random: Random) -> None:
    listings = (draft.messages, draft.fields, draft.enums, draft.values, draft.services, draft.rpcs)
    spots = [spot for listing in listings for spot in listing() if spot.descriptor.options.deprecated]
    descriptor = pick(random, spots).descriptor
    descriptor.options.ClearField("deprecated")
    if descriptor.DESCRIPTOR.name != "MethodDescriptorProto":
        clear_empty_options(descriptor)


def deprecate_file(draft: Draft, random: Random) -> None:
    pick(random, [file for file in draft.files if not file.options.deprecated]).options.deprecated = True


def jstype(draft: Draft, random: Random) -> None:
    field = pick(
        random, (spot for spot in draft.fields() if spot.descriptor.type in (F.TYPE_INT64, F.TYPE_UINT64))
    ).descriptor
    other = (FieldOptions.JS_STRING, FieldOptions.JS_NUMBER)
    field.options.jstype = random.choice([kind_ for kind_ in other if kind_ != field.options.jstype])


def ctype(draft: Draft, random: Random) -> None:
    field = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if spot.descriptor.type == F.TYPE_BYTES
            and not spot.file.edition
            and spot.descriptor.options.ctype != FieldOptions.CORD
        ),
    ).descriptor
    field.options.ctype = FieldOptions.CORD


def lazy(draft: Draft, random: Random) -> None:
    field = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if spot.descriptor.type == F.TYPE_MESSAGE and not spot.descriptor.options.lazy
        ),
    ).descriptor
    field.options.lazy = True


def redact(draft: Draft, random: Random) -> None:
    options = pick(random, draft.fields()).descriptor.options
    options.debug_redact = not options.debug_redact


def message_set(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.messages()
            if spot.descriptor.extension_range and not spot.descriptor.field and not spot.file.edition
        ),
    )
    options = spot.descriptor.options
    options.message_set_wire_format = not options.message_set_wire_format


def accessor(draft: Draft, random: Random) -> None:
    options = pick(random, draft.messages()).descriptor.options
    options.no_standard_descriptor_accessor = not options.no_standard_descriptor_accessor


# Custom options: only a pool that holds their definitions can read and write them.


def _with_custom(draft: Draft, random: Random) -> tuple[int, AnyMessage, list[tuple[AnyMessage, FieldDescriptor]]]:
    """A file's index, its descriptor in a class that knows its custom options, and where it has some."""
    candidates = []
    for index, form in enumerate(draft.original.canonical.values()):
        parsed = type(form).FromString(form.SerializeToString(deterministic=True))
        found = [
            (options, field)
            for options in _options_in(parsed)
            for field, _value in options.ListFields()
            if field.is_extension
        ]
        if found:
            candidates.append((index, parsed, found))
    return pick(random, candidates)


def _options_in(message: AnyMessage) -> Iterator[AnyMessage]:
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE or field.name == "source_code_info":
            continue
        for item in value if field.is_repeated else (value,):
            if field.name == "options":
                yield item
            else:
                yield from _options_in(item)


def _put_back(draft: Draft, index: int, parsed: AnyMessage) -> None:
    file = draft.files[index]
    file.Clear()
    file.MergeFromString(parsed.SerializeToString(deterministic=True))


def drop_custom_option(draft: Draft, random: Random) -> None:
    index, parsed, found = _with_custom(draft, random)
    options, field = pick(random, found)
    options.ClearExtension(field)
    if not options.ByteSize():
        raise NotApplicableError  # whether `{}` stays would be a second change
    _put_back(draft, index, parsed)


def change_custom_option(draft: Draft, random: Random) -> None:
    index, parsed, found = _with_custom(draft, random)
    leaves = [leaf for options, field in found for leaf in _leaves(options, field)]
    holder, field = pick(random, leaves)
    value = _other_value(field, _get(holder, field))
    if field.is_extension:
        holder.Extensions[field] = value
    else:
        setattr(holder, field.name, value)
    _put_back(draft, index, parsed)


def _get(holder: AnyMessage, field: FieldDescriptor) -> object:
    return holder.Extensions[field] if field.is_extension else getattr(holder, field.name)


def _leaves(holder: AnyMessage, field: FieldDescriptor) -> Iterator[tuple[AnyMessage, FieldDescriptor]]:
    if field.is_repeated:
        return
    if field.type not in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_GROUP):
        yield holder, field
        return
    inner = _get(holder, field)
    for below, _value in inner.ListFields():
        yield from _leaves(inner, below)


def _other_value(field: FieldDescriptor, value: object) -> object:
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return value + (b"x" if isinstance(value, bytes) else "x")
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return not value
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        others = [item.number for item in field.enum_type.values if item.number != value]
        if not others:
            raise NotApplicableError
        return others[0]
    return value + 1 if value < 1000 else value - 1


# Features of editions.


def _feature(name: str, value: int, wanted: Callable[[Spot], bool], draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in (*draft.fields(), *draft.enums())
            if spot.file.edition
            and wanted(spot)
            and not any(getattr(holder, name) for holder in _features_around(spot))
        ),
    )
    setattr(spot.descriptor.options.features, name, value)


def _features_around(spot: Spot) -> list[FeatureSet]:
    holders = [spot.descriptor, spot.file] if spot.parent is None else [spot.descriptor, spot.parent, spot.file]
    return [holder.options.features for holder in holders]


def _is_field(*types: int) -> Callable[[Spot], bool]:
    def check(spot: Spot) -> bool:
        field = spot.descriptor
        if not isinstance(field, F) or field.HasField("oneof_index"):
            return False
        return not types or field.type in types

    return check


def implicit_presence(draft: Draft, random: Random) -> None:
    def wanted(spot: Spot) -> bool:
        field = spot.descriptor
        return (
            _is_field(F.TYPE_STRING, F.TYPE_INT32, F.TYPE_BOOL, F.TYPE_BYTES, F.TYPE_INT64)(spot)
            and field.label == F.LABEL_OPTIONAL
            and not field.HasField("default_value")
        )

    _feature("field_presence", FeatureSet.IMPLICIT, wanted, draft, random)


def required_presence(draft: Draft, random: Random) -> None:
    def wanted(spot: Spot) -> bool:
        return _is_field()(spot) and spot.descriptor.label == F.LABEL_OPTIONAL

    _feature("field_presence", FeatureSet.LEGACY_REQUIRED, wanted, draft, random)


def expanded(draft: Draft, random: Random) -> None:
    def wanted(spot: Spot) -> bool:
        numbers = (F.TYPE_INT32, F.TYPE_INT64, F.TYPE_BOOL, F.TYPE_ENUM, F.TYPE_DOUBLE, F.TYPE_FLOAT, F.TYPE_UINT32)
        return _is_field(*numbers)(spot) and spot.descriptor.label == F.LABEL_REPEATED

    _feature("repeated_field_encoding", FeatureSet.EXPANDED, wanted, draft, random)


def no_utf8_check(draft: Draft, random: Random) -> None:
    _feature("utf8_validation", FeatureSet.NONE, _is_field(F.TYPE_STRING), draft, random)


def delimited(draft: Draft, random: Random) -> None:
    def wanted(spot: Spot) -> bool:
        field = spot.descriptor
        entry = field.type_name.endswith("Entry") if isinstance(field, F) else False
        return _is_field(F.TYPE_MESSAGE)(spot) and not entry

    _feature("message_encoding", FeatureSet.DELIMITED, wanted, draft, random)


def close_enum(draft: Draft, random: Random) -> None:
    _feature("enum_type", FeatureSet.CLOSED, lambda spot: not isinstance(spot.descriptor, F), draft, random)


KINDS = (
    kind("deprecate a message", partial(deprecate, Draft.messages), "source", "cosmetic", adds=True),
    kind("deprecate a field", partial(deprecate, Draft.fields), "source", "cosmetic", adds=True),
    kind("deprecate an enum", partial(deprecate, Draft.enums), "source", "cosmetic", adds=True),
    kind("deprecate an enum value", partial(deprecate, Draft.values), "source", "cosmetic", adds=True),
    kind("deprecate a service", partial(deprecate, Draft.services), "source", "cosmetic", adds=True),
    kind("deprecate an RPC", partial(deprecate, Draft.rpcs), "source", "cosmetic", adds=True),
    kind("deprecate a file", deprecate_file, "source", "cosmetic", adds=True),
    kind("take back a deprecation", undeprecate, "source", "cosmetic"),
    kind("change `jstype`", jstype, "source", findings=1),
    kind("change `ctype`", ctype, "source", "cosmetic"),
    kind("make a field lazy", lazy, "source", "cosmetic"),
    kind("flip `debug_redact`", redact, "source", "cosmetic"),
    kind("flip the message set format", message_set, "wire"),
    kind("flip a descriptor accessor", accessor, "source", findings=1),
    kind("drop a custom option", drop_custom_option, "source", "json", "cosmetic"),
    kind("change the value of a custom option", change_custom_option, "source", "json", "cosmetic"),
    kind("set implicit presence by feature", implicit_presence, "presence"),
    kind("set required presence by feature", required_presence, "wire", "presence"),
    kind("set expanded encoding by feature", expanded, "wire"),
    kind("switch the UTF-8 check off by feature", no_utf8_check, "wire"),
    kind("set delimited encoding by feature", delimited, "wire"),
    kind("close an enum by feature", close_enum, "wire"),
)
