"""A progress bar on standard error."""
from __future__ import annotations

import sys
import time
from typing import Optional, TextIO

WIDTH = 30
STYLES = ("auto", "bar", "plain", "none")


class Progress:
    """Call it with what is being done and the share of all that is done. A bar on a terminal; else
    one line for each new thing that is done.

    style   one of STYLES; auto is bar on a terminal, and plain elsewhere
    """

    def __init__(self, style: str = "auto", stream: Optional[TextIO] = None) -> None:
        self.stream = stream or sys.stderr
        self.style = style
        if style == "auto":
            self.style = "bar" if self.stream.isatty() else "plain"
        self.doing = ""
        self.start = time.monotonic()

    def __call__(self, doing: str, share: float) -> None:
        if self.style == "bar":
            self._draw(doing, share)
        elif self.style == "plain" and doing != self.doing:
            print(f"{100 * share:3.0f} %  {doing}", file=self.stream, flush=True)
        self.doing = doing

    def stop(self) -> None:
        """Ends the line of a bar, so that a message can follow."""
        if self.style == "bar" and self.doing not in ("", "done"):
            print(file=self.stream, flush=True)

    def _draw(self, doing: str, share: float) -> None:
        full = round(WIDTH * share)
        bar = "━" * full + "╌" * (WIDTH - full)
        if "utf" not in (self.stream.encoding or "").lower():
            bar = "#" * full + "." * (WIDTH - full)
        elapsed = time.monotonic() - self.start
        end = "\n" if share >= 1 else ""
        self.stream.write(f"\r{bar} {100 * share:3.0f} %  {elapsed:4.1f} s  {doing}\033[K{end}")
        self.stream.flush()
