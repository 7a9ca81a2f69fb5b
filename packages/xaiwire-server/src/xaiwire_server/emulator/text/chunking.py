"""Documents cut into chunks, as a collection's configuration says; semantic-text-splitter looks for good places."""

from __future__ import annotations

from typing import Literal

from protobuf import Oneof

from xaiwire.proto import types_pb2
from xaiwire_server.emulator.text.tokenizer import DEFAULT_ENCODING, ENCODINGS, count_tokens
from xaiwire_server.rpc.refusal import invalid

__all__ = ["check_chunking", "chunks", "default_chunking"]

DEFAULT_TOKENS, DEFAULT_OVERLAP = 512, 64


def default_chunking() -> types_pb2.ChunkConfiguration:
    """How documents are cut where nobody says how."""
    tokens = types_pb2.TokensConfiguration(
        max_chunk_size_tokens=DEFAULT_TOKENS,
        chunk_overlap_tokens=DEFAULT_OVERLAP,
        encoding_name=DEFAULT_ENCODING,
    )
    config: Oneof[Literal["tokens_configuration"], types_pb2.TokensConfiguration] = Oneof(
        "tokens_configuration", tokens
    )
    return types_pb2.ChunkConfiguration(config=config, strip_whitespace=True)


def check_chunking(chunking: types_pb2.ChunkConfiguration) -> None:
    """Check a configuration.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    size, overlap, unit = _sizes(chunking)
    field = f"chunk_configuration.{unit}_configuration"
    if size < 1:
        raise invalid(f"{field}.max_chunk_size_{unit}", f"{size} is not positive")
    if not 0 <= overlap < size:
        raise invalid(f"{field}.chunk_overlap_{unit}", f"{overlap} is not between 0 and the chunk's size, {size}")
    if unit == "tokens" and (name := _encoding_name(chunking)) not in ENCODINGS:
        raise invalid(f"{field}.encoding_name", f"{name!r} is none of {', '.join(ENCODINGS)}")


def chunks(text: str, name: str, chunking: types_pb2.ChunkConfiguration) -> list[str]:
    """Cut a text.

    Args:
        text: the document.
        name: the document's name.
        chunking: a configuration that was checked.
    """
    from semantic_text_splitter import TextSplitter

    size, overlap, unit = _sizes(chunking)
    trim = chunking.strip_whitespace
    if unit == "chars":
        splitter = TextSplitter(size, overlap=overlap, trim=trim)
    else:
        encoding = _encoding_name(chunking)
        splitter = TextSplitter.from_callback(
            lambda part: count_tokens(part, encoding), size, overlap=overlap, trim=trim
        )
    parts = splitter.chunks(text)
    return [f"{name}\n{part}" for part in parts] if chunking.inject_name_into_chunks else parts


def _sizes(chunking: types_pb2.ChunkConfiguration) -> tuple[int, int, str]:
    config = chunking.config
    if config is None:
        return DEFAULT_TOKENS, DEFAULT_OVERLAP, "tokens"
    if isinstance(config.value, types_pb2.CharsConfiguration):
        return config.value.max_chunk_size_chars, config.value.chunk_overlap_chars, "chars"
    return config.value.max_chunk_size_tokens, config.value.chunk_overlap_tokens, "tokens"


def _encoding_name(chunking: types_pb2.ChunkConfiguration) -> str:
    config = chunking.config
    if config is not None and isinstance(config.value, types_pb2.TokensConfiguration):
        return config.value.encoding_name or DEFAULT_ENCODING
    return DEFAULT_ENCODING
