"""`python -m xaiwire_server` is `xaiwire-server`."""

from xaiwire_server.cli.main import run

if __name__ == "__main__":
    run()
