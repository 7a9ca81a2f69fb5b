"""The server that the other tests stand on."""

import grpc
from reference_server import all_methods, message


def test_it_has_all_rpcs_and_notes_what_arrives(server):
    assert len(list(all_methods())) == 40
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary(
            "/xai_api.Models/GetLanguageModel",
            request_serializer=lambda each: each.SerializeToString(),
            response_deserializer=message("xai_api.LanguageModel").FromString,
        )
        answer = call(message("xai_api.GetModelRequest")(name="grok-4"), metadata=[("x-a", "1")], timeout=5)
    assert answer == message("xai_api.LanguageModel")()
    assert server.last.path == "/xai_api.Models/GetLanguageModel"
    assert server.last.requests[0].name == "grok-4"
    assert server.last.metadata["x-a"] == "1"
    assert 4 < server.last.timeout <= 5.1
