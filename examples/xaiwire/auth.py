"""What the API key is and may do."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        key = client.auth.get_api_key_info()
        print(f"{key.name} ({key.redacted_api_key}) may use {', '.join(key.acls)}")


if __name__ == "__main__":
    main()
