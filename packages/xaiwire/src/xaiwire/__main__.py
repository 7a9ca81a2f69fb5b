"""`python -m xaiwire` is the command `xaiwire`."""

from __future__ import annotations

from xaiwire.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
