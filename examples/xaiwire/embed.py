"""Vectors of texts, and how near they are to each other."""

import math

import xaiwire


def main() -> None:
    with xaiwire.Client() as client:
        cat, dog = client.embed.vectors("v1", ["a cat", "a dog"])
        print(len(cat), "numbers")
        print(f"{sum(a * b for a, b in zip(cat, dog, strict=True)) / (math.hypot(*cat) * math.hypot(*dog)):.3f}")
        response = client.embed.create("v1", "a bird", encoding_format="base64")
        print(response.embeddings[0].embeddings[0].base64_array)


if __name__ == "__main__":
    main()
