"""For experiments of 33-scaling that time short calls: memory that is kept.

A program gives large pieces of memory back to the system when they are free, and gets
them again page by page: in the first calls of a process that can take longer than what
is to be timed. glibc raises the size from which it does so to that of the largest piece
freed so far, at most 32 MB.
"""

import torch


def keep_freed_memory():
    """Free one large piece, so that smaller ones are kept from now on."""
    torch.ones(7_000_000)
