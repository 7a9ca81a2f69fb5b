"""The emulator's peer: a server of grpcio's that answers with constants; run by the official package's Python.

python emulator_peer.py    prints its address, and serves until it is ended
"""

import asyncio

import grpc
from xai_sdk.proto import chat_pb2, chat_pb2_grpc

CHUNKS = 200


def answer():
    message = chat_pb2.CompletionMessage(content="Hello there", role="ROLE_ASSISTANT")
    return chat_pb2.GetChatCompletionResponse(
        id="1", model="grok-3", outputs=[chat_pb2.CompletionOutput(message=message)]
    )


def chunk(number):
    delta = chat_pb2.Delta(content=f" word{number}", role="ROLE_ASSISTANT")
    return chat_pb2.GetChatCompletionChunk(
        id="1", model="grok-3", outputs=[chat_pb2.CompletionOutputChunk(delta=delta)]
    )


class Chat(chat_pb2_grpc.ChatServicer):
    async def GetCompletion(self, _request, _context):  # noqa: N802 - grpcio's name
        return answer()

    async def GetCompletionChunk(self, _request, _context):  # noqa: N802 - grpcio's name
        for number in range(CHUNKS):
            yield chunk(number)


async def main():
    server = grpc.aio.server()
    chat_pb2_grpc.add_ChatServicer_to_server(Chat(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


asyncio.run(main())
