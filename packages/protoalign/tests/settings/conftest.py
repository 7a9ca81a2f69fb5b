"""A settings file out of a text, and what reading it says."""

from pathlib import Path

import pytest

from protoalign.errors import SettingsError
from protoalign.settings import Settings, read_settings


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "protoalign.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def read(written):
    def read_text(text: str) -> Settings:
        return read_settings(written(text))

    return read_text


@pytest.fixture
def refused(written):
    """The message with which a text is refused."""

    def read_text(text: str | bytes) -> str:
        path = written(text)
        with pytest.raises(SettingsError) as caught:
            read_settings(path)
        assert caught.value.exit_code == 2
        assert caught.value.where.startswith(str(path))
        return str(caught.value).replace(str(path), "FILE")

    return read_text
