"""Show the model an image and a file that was uploaded."""

import xaiwire
from xaiwire.chat import file, image, user

PICTURE = "https://upload.wikimedia.org/wikipedia/commons/3/3a/Cat03.jpg"
NOTES = b"The cat in the picture is called Minka. She is four years old."


def main() -> None:
    with xaiwire.Client() as client:
        notes = client.files.upload(NOTES, filename="notes.txt")
        try:
            question = user(
                "What is the animal in the picture called?",
                # An image of your own goes here as a data URL: data:image/png;base64,...
                image(PICTURE, detail="high"),
                file(notes.id),
            )
            print(client.chat.complete("grok-4", question).content)
        finally:
            client.files.delete(notes.id)


if __name__ == "__main__":
    main()
