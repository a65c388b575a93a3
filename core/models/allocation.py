"""Memory that a network's layers free stays with the process.

By default glibc hands every large block back to the system as soon as it is freed, and the next layer's is cleared
page by page anew, which takes as long as the arithmetic.
"""

import ctypes
import platform
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of mallopt(3)."""

LARGEST = 1 << 30
"""Bytes up to which a block comes from the heap."""

KEPT = 1 << 29
"""Bytes at the heap's end that are kept, though nothing uses them."""


@cache
def keep_freed_memory() -> bool:
    """Once a process, before the first network reads: one heap for all threads, which keeps what is freed.

    True where it was done: with glibc, and so on most of Linux.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(*option) for option in ((M_MMAP_THRESHOLD, LARGEST), (M_TRIM_THRESHOLD, KEPT), (M_ARENA_MAX, 1)))
