"""The server of the SDK's measurements: grpcio, answers that are made before, no work of its own.

python sdk_server.py    prints its port, and ends with its standard input
"""

from __future__ import annotations

import asyncio
import sys

import grpc

CHUNKS = 2000
# xai_api.GetChatCompletionResponse and GetChatCompletionChunk, as the official package encodes them.
ANSWER = bytes.fromhex(sys.argv[1])
CHUNK = bytes.fromhex(sys.argv[2])
LAST = bytes.fromhex(sys.argv[3])


async def complete(_request: bytes, _context: object) -> bytes:
    return ANSWER


async def stream(_request: bytes, context: grpc.aio.ServicerContext) -> None:
    for _ in range(CHUNKS):
        await context.write(CHUNK)
    await context.write(LAST)


async def upload(requests: object, _context: object) -> bytes:
    async for _ in requests:
        pass
    return b""


async def main() -> None:
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", 20 << 20),))
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "xai_api.Chat",
                {
                    "GetCompletion": grpc.unary_unary_rpc_method_handler(complete),
                    "GetCompletionChunk": grpc.unary_stream_rpc_method_handler(stream),
                },
            ),
            grpc.method_handlers_generic_handler(
                "xai_api.Files", {"UploadFile": grpc.stream_unary_rpc_method_handler(upload)}
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(main())
