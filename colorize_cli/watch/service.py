"""What systemd is told: sd_notify(3), which is one datagram to a socket that it names."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

ALIVE_SHARE: Final = 3
"""Signs of life in each time that systemd waits for one; sd_watchdog_enabled(3) asks for two."""

MICROSECONDS: Final = 1e6


class Service:
    """Tells the service manager how it goes; does nothing where there is none.

    What goes wrong with the socket is nobody's concern: the work is more important. `pause` are
    the seconds between two signs of life, None if none are waited for.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.pause = _pause_of(environment)
        self._last_sign = -float("inf")
        self._last_status = ""

    def tell_ready(self) -> None:
        """Say that it has started: whatever arrives from now on is noticed."""
        self._send("READY=1")

    def tell_stopping(self) -> None:
        """Say that it is about to end."""
        self._send("STOPPING=1")

    def tell_status(self, text: str) -> None:
        """Say in one line what it does, for `systemctl status`; the same again is not said."""
        if text != self._last_status:
            self._last_status = text
            self._send(f"STATUS={text}")

    def tell_alive(self) -> None:
        """Give a sign of life, if one is waited for and the last one is a while ago."""
        now = time.monotonic()
        if self.pause is not None and now - self._last_sign >= self.pause:
            self._last_sign = now
            self._send("WATCHDOG=1")

    def _send(self, line: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte that starts an abstract address: unix(7).
        address = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            # A manager that does not read must not stop the work.
            channel.setblocking(False)
            channel.sendto(line.encode("utf-8", "replace"), address)


def _pause_of(environment: Mapping[str, str]) -> float | None:
    """Return the seconds between two signs of life; None if this process is to give none."""
    waited, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    is_for_us = process in ("", str(os.getpid()))
    if not waited.isdigit() or int(waited) == 0 or not is_for_us:
        return None
    return int(waited) / MICROSECONDS / ALIVE_SHARE
