"""Any message of the contract, made by its descriptor; where REST has no form for a value, it is not made."""

from hypothesis import strategies as st
from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescOneof,
    Oneof,
    ScalarType,
)
from protobuf.wkt import Timestamp

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
SCALARS = {
    ScalarType.STRING: TEXTS,
    ScalarType.BYTES: st.binary(max_size=6),
    ScalarType.BOOL: st.booleans(),
    ScalarType.FLOAT: FLOATS,
    ScalarType.INT32: st.integers(-(2**31), 2**31 - 1),
    ScalarType.UINT32: st.integers(0, 2**32 - 1),
    ScalarType.UINT64: st.integers(0, 2**64 - 1),
}
JSON_OBJECTS = st.sampled_from(
    ["{}", '{"type": "object", "properties": {"a": {"type":"string"}}}', '{ "ä" : [1, null] }']
)
MOMENTS = st.builds(Timestamp, seconds=st.integers(-62_135_596_800, 253_402_300_799), nanos=st.integers(0, 999_999_999))
SECONDS = st.builds(Timestamp, seconds=st.integers(-(2**40), 2**40))


class Messages:
    """Strategies for messages."""

    def __init__(self, overrides=None, always=frozenset(), most=2):
        """Say what they are like.

        Args:
            overrides: strategies for some fields, by `Message.field`; `Message` alone stands for a whole message.
            always: fields and oneofs that are set in all of them, as `Message.field`.
            most: elements of a list.
        """
        self.overrides = overrides or {}
        self.always = always
        self.most = most

    def of(self, kind):
        """A strategy for the messages of a class."""
        name = kind.desc().name
        if name in self.overrides:
            return self.overrides[name]
        required, optional = {}, {}
        for member in kind.desc().members:
            path = f"{name}.{member.local_name}"
            made = self._oneof(member) if isinstance(member, DescOneof) else self._field(member.value, path)
            (required if path in self.always else optional)[member.local_name] = made
        return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))

    def _oneof(self, oneof):
        return st.one_of(
            st.builds(Oneof, st.just(field.local_name), self._field(field.value, field.name)) for field in oneof.fields
        )

    def _field(self, value, path):
        if path in self.overrides:
            return self.overrides[path]
        if isinstance(value, DescFieldValueList):
            return st.lists(self._element(value.element), max_size=self.most)
        if isinstance(value, DescFieldValueMap):
            return st.dictionaries(TEXTS, TEXTS, max_size=self.most)
        if isinstance(value, DescFieldValueMessage):
            return self._element(value.message)
        return self._element(value.enum if isinstance(value, DescFieldValueEnum) else value.scalar)

    def _element(self, kind):
        if isinstance(kind, ScalarType):
            return SCALARS[kind]
        if isinstance(kind, DescEnum):
            # A value other than the one that says that there is none.
            return st.sampled_from([each for each in kind.type if int(each) != 0])
        return MOMENTS if kind.type_name == "google.protobuf.Timestamp" else self.of(kind.type)
