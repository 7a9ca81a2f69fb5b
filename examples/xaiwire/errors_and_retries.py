"""Errors by kind, retries, limits of time, and the request id to tell the support."""

import xaiwire
from xaiwire import CallInfo, RetryPolicy
from xaiwire.errors import NotFoundError, RpcError


def main() -> None:
    with xaiwire.Client() as client:
        patient = client.with_options(retry=RetryPolicy(attempts=8), timeout=60)
        info = CallInfo()
        patient.models.get_language_model("grok-4", call_info=info, metadata={"x-team": "search"})
        print(f"attempts: {info.attempts}, request: {info.request_id}")
        try:
            patient.models.get_language_model("grok-0", retry=None, timeout=5)
        except NotFoundError as error:
            print(f"not found: {error.message} (request {error.request_id})")
        except RpcError as error:
            print(f"{error.code.name}: {error.message}")


if __name__ == "__main__":
    main()
