"""The xAI API in Python, on the contract of the official xai-sdk 1.4.0. Unofficial."""
