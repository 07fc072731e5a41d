"""Memory that was freed, given back to the machine: the C library keeps it for what may come."""

import ctypes


def give_back() -> None:
    """Give back what is free at the end of the heap and inside it, where the C library is glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
