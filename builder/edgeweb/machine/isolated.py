"""Starts a program that has no network but a loopback of its own: `python -m edgeweb.isolated CHANNEL PROGRAM ...`.

Linux only. Whoever starts it gets a socket that listens there, through CHANNEL, the number of a UNIX socket. Where the
system allows no such namespace the socket is of the common loopback, and the program must be told not to go farther.
With `ALONE` for CHANNEL nobody talks to the program: it then has no network at all, where the system allows that.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
import sys
from pathlib import Path

# What stands for the port of that socket in the words of the program.
PORT = "{port}"
ALONE = "alone"

# <linux/sched.h>, <linux/sockios.h>, <linux/if.h>, <linux/prctl.h>, <linux/seccomp.h>, <linux/filter.h>
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
# AUDIT_ARCH_… and the number of socket(2) there.
_SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


def main() -> None:
    """Leave the network where that can be done, tell where to listen, and become the program."""
    if sys.argv[1] == ALONE:
        if _works():
            _leave()
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
    channel = socket.socket(fileno=int(sys.argv[1]))
    if _works():
        _leave()
    listener = socket.create_server(("127.0.0.1", 0))
    socket.send_fds(channel, [b"\0"], [listener.fileno()])
    port = str(listener.getsockname()[1])
    channel.close()
    listener.close()
    program = [word.replace(PORT, port) for word in sys.argv[2:]]
    os.execv(program[0], program)  # noqa: S606


def _works() -> bool:
    """Tried in a process of its own first: where only a part of it is allowed, there is no way back."""
    child = os.fork()
    if child == 0:
        try:
            _leave()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _leave() -> None:
    """Leave the network, for good; the rights that this takes end with exec()."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _call("unshare", _CLONE_NEWNET)
    else:
        _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    _refuse_ipv6()


def _refuse_ipv6() -> None:
    """Chromium asks for a route to its vendor's IPv6 address before it resolves a name; without IPv6 it does not."""
    if platform.machine() not in _SOCKET:
        return
    machine, number = _SOCKET[platform.machine()]
    # A row: code, how many to skip when equal, how many otherwise, value. Of struct seccomp_data: arch, nr, args[0].
    rows = [
        (_LOAD, 0, 0, 4), (_JUMP_IF_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, 0), (_JUMP_IF_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, 16), (_JUMP_IF_EQUAL, 0, 1, socket.AF_INET6),
        (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    rules = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
    program = ctypes.create_string_buffer(struct.pack("H6xQ", len(rows), ctypes.addressof(rules)))
    _call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0)


def _call(name: str, *values: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*(ctypes.c_ulong(value) for value in values)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
