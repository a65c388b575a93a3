"""Freed memory stays with the process, where the system's allocator can be told so."""

import platform
import resource

import numpy as np
import pytest

from core.models.allocation import keep_freed_memory


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep freed memory")
def test_a_large_block_is_not_cleared_anew_each_time():
    assert keep_freed_memory()
    block = 64 << 20
    np.ones(block, np.uint8)
    before = _faults()
    for _ in range(5):
        np.ones(block, np.uint8)
    assert _faults() - before < 5 * block / 4096 / 4  # without it each block costs as many faults as it has pages
