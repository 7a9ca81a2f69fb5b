"""Makes calls with one SDK or the other, by the same text.

    python wire_client.py MODULE ADDRESS < CALLS

MODULE is xai_sdk or xaiwire; CALLS is a JSON list of expressions. `client` is the client, `sdk` the module, `chat`,
`search` and `tools` are its modules. An expression with `await` or `async for` gets the asynchronous client.
"""

import ast
import asyncio
import importlib
import inspect
import json
import sys

module, address = sys.argv[1:3]
sdk = importlib.import_module(module)
names = {name: importlib.import_module(f"{module}.{name}") for name in ("chat", "search", "tools")}
names["sdk"] = sdk
options = {
    "api_key": "the-key",
    "management_api_key": "the-management-key",
    "api_host": address,
    "management_api_host": address,
    "metadata": (("x-mine", "1"),),
    "timeout": 30,
}
for text in json.load(sys.stdin):
    if "await " in text or "async for" in text:
        code = compile(text, "call", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

        async def run(code=code):
            client = sdk.AsyncClient(**options)
            answer = eval(code, {**names, "client": client})
            if inspect.isawaitable(answer):
                answer = await answer
            await client.close()

        asyncio.run(run())
    else:
        client = sdk.Client(**options)
        eval(text, {**names, "client": client})
        client.close()
