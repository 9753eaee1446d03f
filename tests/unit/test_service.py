"""What systemd is told, read from a real socket."""

import os
import socket
from pathlib import Path

import pytest

from colorize_cli.watch.service import Service


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """Listen as the service manager does; give the socket and how it is named."""
    name = f"colorize-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}" if request.param == "abstract" else str(tmp_path / "notify"))
        channel.settimeout(10)
        yield channel, f"@{name}" if request.param == "abstract" else str(tmp_path / "notify")


def said(channel) -> bytes:
    return channel.recv(4096)


def is_silent(channel) -> bool:
    channel.setblocking(False)
    try:
        return not channel.recv(4096)
    except BlockingIOError:
        return True


def test_each_turn_is_one_datagram(manager):
    channel, name = manager
    service = Service({"NOTIFY_SOCKET": name})
    service.tell_ready()
    service.tell_status("3 queued")
    service.tell_stopping()
    assert [said(channel) for _ in range(3)] == [b"READY=1", b"STATUS=3 queued", b"STOPPING=1"]


def test_a_status_is_not_repeated(manager):
    channel, name = manager
    service = Service({"NOTIFY_SOCKET": name})
    for text in ("idle", "idle", "busy \udce9"):
        service.tell_status(text)
    assert [said(channel), said(channel)] == [b"STATUS=idle", b"STATUS=busy ?"]
    assert is_silent(channel)


def test_signs_of_life_come_at_least_twice_in_the_time_that_is_waited(manager):
    channel, name = manager
    service = Service({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3600000000"})
    assert service.pause is not None
    assert 0 < service.pause <= 1800
    service.tell_alive()
    service.tell_alive()
    assert said(channel) == b"WATCHDOG=1"
    assert is_silent(channel)


@pytest.mark.parametrize(
    ("variables", "is_given"),
    [
        ({}, False),
        ({"WATCHDOG_USEC": "0"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid())}, True),
    ],
)
def test_signs_of_life_are_given_only_where_they_are_waited_for(manager, variables, is_given):
    channel, name = manager
    service = Service({"NOTIFY_SOCKET": name, **variables})
    service.tell_alive()
    assert (service.pause is not None, not is_silent(channel)) == (is_given, is_given)


@pytest.mark.parametrize("name", [None, "", "/nowhere/at/all", "@nobody-listens", "x" * 300])
def test_without_a_manager_nothing_happens(name: str | None, tmp_path: Path):
    service = Service({} if name is None else {"NOTIFY_SOCKET": name})
    service.tell_ready()
    service.tell_status("idle")


def test_a_manager_that_does_not_read_stops_nothing(manager):
    _, name = manager
    service = Service({"NOTIFY_SOCKET": name})
    for number in range(2000):
        service.tell_status(str(number))
