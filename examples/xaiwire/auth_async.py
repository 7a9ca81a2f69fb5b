"""What the API key is and may do."""

import asyncio

import xaiwire


async def main() -> None:
    async with xaiwire.AsyncClient() as client:
        key = await client.auth.get_api_key_info()
        print(f"{key.name} ({key.redacted_api_key}) may use {', '.join(key.acls)}")


if __name__ == "__main__":
    asyncio.run(main())
