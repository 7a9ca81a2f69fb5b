"""The load of the emulator's measurement; run by the official package's Python, on its own stubs.

python emulator_load.py ADDRESS    prints figures as JSON
"""

import asyncio
import json
import statistics
import sys
import time

import grpc
from xai_sdk.proto import chat_pb2, chat_pb2_grpc

METADATA = (("authorization", "Bearer xai-emulator-key"),)
CALLS = 2000
AT_ONCE = 32
STREAMS = 50
WORDS = 200


def request(text):
    message = chat_pb2.Message(role="ROLE_USER", content=[chat_pb2.Content(text=text)])
    return chat_pb2.GetCompletionsRequest(model="grok-3", messages=[message])


def one_at_a_time(stub, figures):
    asked = request("Hello there")
    for _ in range(200):
        stub.GetCompletion(asked, metadata=METADATA)
    times = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        stub.GetCompletion(asked, metadata=METADATA)
        times.append(time.perf_counter() - begun)
    times.sort()
    figures["call"] = statistics.fmean(times)
    figures["p50"] = times[len(times) // 2]
    figures["p99"] = times[len(times) * 99 // 100]


def streams(stub, figures):
    asked = request(" ".join(f"word{number}" for number in range(WORDS - 1)))
    list(stub.GetCompletionChunk(asked, metadata=METADATA))
    chunks = 0
    begun = time.perf_counter()
    for _ in range(STREAMS):
        chunks += sum(1 for _ in stub.GetCompletionChunk(asked, metadata=METADATA))
    figures["chunk"] = (time.perf_counter() - begun) / chunks
    assert chunks == STREAMS * WORDS


async def many_at_once(address, figures):
    async with grpc.aio.insecure_channel(address) as channel:
        stub = chat_pb2_grpc.ChatStub(channel)
        asked = request("Hello there")

        async def worker():
            for _ in range(CALLS // AT_ONCE):
                await stub.GetCompletion(asked, metadata=METADATA)

        await stub.GetCompletion(asked, metadata=METADATA)
        begun = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        figures["rate"] = CALLS // AT_ONCE * AT_ONCE / (time.perf_counter() - begun)


def main():
    address = sys.argv[1]
    figures = {}
    with grpc.insecure_channel(address) as channel:
        stub = chat_pb2_grpc.ChatStub(channel)
        one_at_a_time(stub, figures)
        streams(stub, figures)
    asyncio.run(many_at_once(address, figures))
    print(json.dumps(figures))


main()
