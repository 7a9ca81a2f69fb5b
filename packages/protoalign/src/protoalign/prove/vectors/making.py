"""Vectors for every message of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.vectors.drafts import Drafts
from protoalign.prove.vectors.fields import FieldMaker
from protoalign.prove.vectors.filling import Filler
from protoalign.prove.vectors.json_text import JsonWriter
from protoalign.prove.vectors.recursion import Recursion
from protoalign.prove.vectors.shapes import message_shapes
from protoalign.prove.vectors.whole import WholeMaker, unknown_field_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protoalign.contract import Contract
    from protoalign.prove.vectors.encoding import Value
    from protoalign.prove.vectors.shapes import FieldShape, MessageShape

__all__ = ["make_vectors"]


def make_vectors(contract: Contract) -> tuple[MessageVectors, ...]:
    """Make the wire vectors of every message that the contract's own files declare.

    The same contract gives the same vectors, whatever order its files come in. Entries of maps are no messages of their
    own. A message that requires itself, and one that requires such a message, cannot be complete: it has no vectors.

    Returns:
        Files in the order of their names; within a file in declaration order, nested messages after the outer one.

    Raises:
        DescriptorError: a file that no protobuf runtime takes.
    """
    own = {file.name for file in contract.files}
    made: dict[str, list[MessageVectors]] = {}
    for group in contract.groups:
        wanted = own.intersection(group) - made.keys()
        if wanted:
            maker = _GroupMaker(contract, group)
            for name in wanted:
                made[name] = list(maker.of_file(name))
    return tuple(vectors for name in sorted(made) for vectors in made[name])


class _GroupMaker:
    """Makes the vectors of files that have no name in common."""

    def __init__(self, contract: Contract, group: tuple[str, ...]) -> None:
        files = [contract.by_name[name] for name in group]
        self._json = JsonWriter(files)
        self._filler = Filler(message_shapes(file.descriptor for file in files))
        self._recursion = Recursion.of(self._filler)

    def of_file(self, file: str) -> Iterator[MessageVectors]:
        for name, shape in self._filler.shapes.items():
            if shape.file == file and not shape.is_map_entry:
                vectors = tuple(self._vectors(shape)) if self._filler.is_possible(name) else ()
                yield MessageVectors(message=name, file=file, vectors=vectors)

    def _vectors(self, shape: MessageShape) -> Iterator[Vector]:
        drafts = Drafts()
        whole = WholeMaker(self._filler, drafts, shape, tuple(self._filler.base(shape.full_name)))
        whole.make_empty()
        if not shape.is_message_set:
            self._fields(shape, whole, drafts)
            whole.make_rest()
            self._extensions(shape, whole, drafts)
        for draft in drafts:
            text = self._json.text(shape.full_name, draft)
            yield Vector(
                name=draft.name,
                input=draft.input,
                output=draft.output,
                json=text,
                lossy_json=draft.lossy_json and text is not None,
            )

    def _fields(self, shape: MessageShape, whole: WholeMaker, drafts: Drafts) -> None:
        types: set[tuple[int, bool]] = set()
        for field in shape.fields:
            type_ = (field.type, field.is_repeated)
            rest = tuple(pair for pair in whole.base if pair[0] is not field)
            self._field(shape, field, drafts, rest, is_first_of_type=type_ not in types)
            types.add(type_)

    def _extensions(self, shape: MessageShape, whole: WholeMaker, drafts: Drafts) -> None:
        """Vectors with one extension each: beside fields and each other, runtimes write them in different places.

        Some runtimes keep extensions as the bytes that came, so that these are in the form in which they are written.
        """
        if whole.base or not shape.extensions:
            return
        drafts.only_canonical = True
        for extension in shape.extensions:
            self._field(shape, extension, drafts, (), is_first_of_type=False)

    def _field(
        self,
        shape: MessageShape,
        field: FieldShape,
        drafts: Drafts,
        rest: tuple[tuple[FieldShape, Value], ...],
        *,
        is_first_of_type: bool,
    ) -> None:
        FieldMaker(
            filler=self._filler,
            recursion=self._recursion,
            drafts=drafts,
            message=shape.full_name,
            field=field,
            rest=rest,
            unknown=unknown_field_number(self._filler.shapes[field.message]) if field.message else None,
            is_first_of_type=is_first_of_type,
        ).make()
