"""Wire vectors: messages as bytes and as JSON, made from a contract, that every runtime has to agree on."""

from protoalign.prove.vectors.files import compare_vectors, vector_files, vectors_digest, write_vectors
from protoalign.prove.vectors.making import make_vectors
from protoalign.prove.vectors.reading import read_vectors

__all__ = [
    "compare_vectors",
    "make_vectors",
    "read_vectors",
    "vector_files",
    "vectors_digest",
    "write_vectors",
]
