"""Two folders change places in one step, where the operating system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

__all__ = ["exchange"]

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h
RENAME_SWAP = 2  # sys/stdio.h of macOS
# The system, the file system or the sort of folder does not allow it; nothing has changed.
IMPOSSIBLE = {
    errno.ENOSYS,
    errno.EINVAL,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.EBUSY,
    errno.EXDEV,
    errno.EPERM,
    errno.EACCES,
}


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places, at once for every observer.

    Returns:
        Whether they did; False where that is not possible here, and nothing has changed.

    Raises:
        OSError: it failed for another reason; nothing has changed.
    """
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        paths = os.fsencode(one), os.fsencode(other)
        if sys.platform == "darwin":
            result = libc.renamex_np(*paths, ctypes.c_uint(RENAME_SWAP))
        elif sys.platform == "linux":
            result = libc.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], ctypes.c_uint(RENAME_EXCHANGE))
        else:
            return False
    except (AttributeError, OSError, TypeError):  # no C library, or one without the call
        return False
    if result == 0:
        return True
    number = ctypes.get_errno()
    if number in IMPOSSIBLE:
        return False
    raise OSError(number, os.strerror(number), str(one))
