"""Standard streams of a process that was started without some of them."""
from __future__ import annotations

import os
import sys


def open_standard_streams() -> None:
    """Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed: the next file to be
    opened would otherwise get that number, and what is printed would go into it."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number, since all below are taken by now.
            os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))


def printable(text: object) -> str:
    """The text for a terminal: what would control one, as in the words of a strange file, is shown
    as \\x1b. Line breaks and tabs stay."""
    return "".join(
        character if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode() for character in str(text))
