"""Let the model search the web, X and collections, run code, and use an MCP server."""

from datetime import UTC, datetime

import xaiwire
from xaiwire import tools
from xaiwire.chat import user


def main() -> None:
    with xaiwire.Client() as client:
        collection_ids = [each.collection_id for each in client.collections.list_all()]
        questions = {
            "What is new in Python 3.14?": tools.web_search(allowed_domains=["docs.python.org"]),
            "What did xAI post this year?": tools.x_search(
                from_date=datetime(2025, 1, 1, tzinfo=UTC), allowed_x_handles=["xai"]
            ),
            "What is the 100th prime number?": tools.code_execution(),
            "How is the device reset?": tools.collections_search(collection_ids, limit=3),
            "What is the repository grpc/grpc about?": tools.mcp(
                "https://mcp.deepwiki.com/mcp", server_label="deepwiki"
            ),
        }
        for question, tool in questions.items():
            response = client.chat.create("grok-4", messages=[user(question)], tools=[tool]).sample()
            print(f"> {question}\n{response.content}")
            print("called:", ", ".join(tools.get_tool_call_type(call) for call in response.tool_calls))
            print("used:", response.server_side_tool_usage)
            for url in response.citations:
                print("source:", url)


if __name__ == "__main__":
    main()
