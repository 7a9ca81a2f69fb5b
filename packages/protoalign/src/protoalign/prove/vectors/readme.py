"""The page that lies beside the vectors, for people who write a runner in another language."""

__all__ = ["README"]

README = """\
# Wire vectors

Messages as bytes and as JSON, made from a protobuf contract by `protoalign prove`. A runtime that decodes and encodes
all of them as they say here speaks the contract's wire format. Do not edit these files; they are written again.

## Files

`index.json` lists the others. Take paths from there.

    {"format": 1,
     "contract": "sha256:...",                  digest of the contract
     "counts": {"files": ..., "messages": ..., "vectors": ...},
     "files": [{"file": "a/b.proto",            the .proto file that declares the messages
                "path": "a/b.proto.json",       the file here, relative to index.json
                "messages": ..., "vectors": ...,
                "sha256": "..."}]}              of the file's bytes, in hex

Each of the listed files holds the vectors of the messages that one `.proto` file declares, in declaration order, nested
messages after the outer one. Map entries are no messages of their own.

    {"format": 1,
     "file": "a/b.proto",
     "messages": {
      "pkg.Message": [
       {"name": "...", "input": "0801", "output": "...", "json": "{...}", "lossy_json": true}]}}

| key | meaning |
| --- | --- |
| `name` | unique in its message: the field, what is tried, which value |
| `input` | the bytes to decode, in lower-case hex |
| `output` | the bytes that have to come out again; left out where they are those of `input` |
| `json` | the message's canonical JSON, a string that holds JSON text; left out where the message has none |
| `lossy_json` | true where JSON lacks what the bytes hold: unknown fields, or which NaN it is; left out if not |

All files are ASCII, with LF at the ends of lines and one vector on each line. `vectors.schema.json` in the
documentation of protoalign is the JSON Schema of both forms.

## What a runner does

For each vector:

1. decode `input`: it has to succeed. All required fields are there;
2. encode the message, with deterministic encoding where the runtime offers it: the bytes have to equal `output`;
3. where there is `json` and no `lossy_json`: read `json` and encode: the bytes have to equal `output`;
4. where there is `json`: write the message as JSON. Compare the values and not the text: numbers may be spelled
   differently. Reading your text and `json` with one and the same JSON reader for protobuf, and comparing the messages,
   is the way to do it.

Hand the messages of your contract to the JSON reader and writer as a type registry: `Any` and extensions need it.

## Which bytes are expected

Fields by number, map entries by key, unknown fields last in the order in which they came; negative numbers of `int32`
and enums as ten bytes; NaN as the quiet NaN without sign. Where the specification leaves a choice and runtimes make it
differently, there is no vector that shows it:

- fields stand together only where their order is one by number, by declaration (protobuf-py), and with members of
  oneofs behind all other fields (Go). So "all fields" may take several vectors, and `all fields` without a number
  holds as many as it can. Fields that cannot stand beside the required ones have no vectors; where the required ones
  themselves have no common order, the bytes may differ;
- a 64-bit NaN is not read from JSON: Go makes another one of it than others do. Such JSON counts as lossy;
- an extension stands alone: Go writes extensions before fields, Google's upb behind them;
- a map has one entry in what comes out, though several may go in: Google's upb sorts some keys downwards, and
  protobuf-py writes entries in the reverse of the order in which they came;
- an unknown number of a closed enum stands alone and has no JSON: Go keeps it in the field, others among the unknown
  fields. Packed fields and maps have no such vector;
- strings are UTF-8 everywhere: what becomes of others depends on the runtime;
- message sets are tried empty only.

There is no JSON where Google's runtime refuses to write or to read it: a `Timestamp` outside of the years 1 to 9999, a
`Value` that is not set, an `Any` of an unknown type, the largest `float`, names that make JSON ambiguous.

A message has at most 2,000 vectors and 512 KiB beyond the essential ones (nothing in it, a plain value of each field,
all fields); messages that hold themselves are nested four deep. A message that requires itself cannot be complete and
has no vectors.
"""
