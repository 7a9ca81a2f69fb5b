"""Cut a text into the tokens that a model sees."""

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        tokens = client.tokenize.tokenize_text("The sky is blue.", "grok-4")
    for token in tokens:
        print(f"{token.token_id:>7} {token.string_token!r}")
    print(f"{len(tokens)} tokens")


if __name__ == "__main__":
    main()
