"""Many tablets in one process: each hears the event stream and asks for its board when something changed.

As in the browser, the board is asked for with its last ETag, and beside it, on a connection of its own, the alarm when
the stream tells another tag of it.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

#: A word of the event stream, with the alarm's tag.
_CHANGED = re.compile(rb"event: changed\ndata: (\w*)\n")


@dataclass
class Tablet:
    """One browser: `cookie` is who it is, `shown` when each new board was there, by `time.monotonic`."""

    port: int
    cookie: str
    tag: str = ""
    alarm_tag: str = ""
    shown: list[float] = field(default_factory=list)
    is_listening: bool = False

    def __post_init__(self) -> None:
        self.stream, self.board, self.alarm = (Line(self.port) for _ in range(3))

    def listen(self) -> None:
        """Open the stream."""
        self.stream.ask("/board/live", self.cookie)

    def refresh(self, alarm_tag: str = "") -> None:
        """What `live.js` does when it hears "changed"; a question under way is asked again when its answer is there."""
        more = "HX-Request: true\r\nX-Background: 1\r\n"
        self.board.ask("/board/", self.cookie, more + (f"If-None-Match: {self.tag}\r\n" if self.tag else ""))
        if not alarm_tag or alarm_tag != self.alarm_tag:
            self.alarm.ask("/board/alarm", self.cookie, "X-Background: 1\r\n")

    def hear(self, line: Line) -> None:
        """What the received bytes mean."""
        if line is self.stream:
            self.is_listening = True
            tag = line.take(_CHANGED)
            if tag is not None:
                self.refresh(tag)
        elif line.is_whole():
            answer = line.finish()
            if not answer.startswith(b"HTTP/1.1 200"):
                return
            if line is self.alarm:
                self.alarm_tag = json.loads(answer.partition(b"\r\n\r\n")[2])["tag"]
            else:
                self.tag = answer.partition(b"ETag: ")[2].partition(b"\r\n")[0].decode()
                self.shown.append(time.monotonic())


class Line:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._received = b""
        self._asked: list[bytes] = []
        self._last = b""
        self._is_busy = False
        self.open()

    def open(self) -> None:
        """Connect, also again, and ask again what was not answered, as browsers do.

        Servers close a connection on which nothing was asked for some seconds, perhaps just when something is asked.
        """
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        if self._is_busy:
            self.socket.sendall(self._last)

    def ask(self, path: str, cookie: str, more: str = "") -> None:
        """Send a GET, or keep it until the answer to the last one is there; more than one waiting are one."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{more}\r\n".encode()
        if self._is_busy:
            self._asked = [request]
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        self._is_busy, self._last = True, request
        self.socket.sendall(request)

    def receive(self) -> bool:
        """False when the server hung up."""
        try:
            part = self.socket.recv(262_144)
        except ConnectionError:
            return False
        self._received += part
        return bool(part)

    def take(self, told: re.Pattern[bytes]) -> str | None:
        """What was told last, if it came whole; what came until then is forgotten."""
        found = list(told.finditer(self._received))
        if not found:
            return None
        self._received = self._received[found[-1].end() :]
        return str(found[-1][1].decode())

    def is_whole(self) -> bool:
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return False
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return head[9:12] in (b"204", b"304") or len(body) >= int(length or 0)

    def finish(self) -> bytes:
        """The whole answer; sends what waits."""
        answer, self._received, self._is_busy = self._received, b"", False
        if self._asked:
            self._send(self._asked.pop())
        return answer


def watch(port: int, cookies: Sequence[str], said: Connection) -> None:
    """Be all of these tablets until something is sent through `said`; answers when each board was shown.

    Says "ready" as soon as all of them listen and have a board.
    """
    tablets = [Tablet(port, cookie) for cookie in cookies]
    selector = selectors.DefaultSelector()
    for tablet in tablets:
        for line in (tablet.stream, tablet.board, tablet.alarm):
            selector.register(line.socket, selectors.EVENT_READ, (tablet, line))
    selector.register(said, selectors.EVENT_READ, None)
    for tablet in tablets:
        tablet.listen()
        tablet.refresh()
    is_ready = False
    while True:
        if not is_ready and all(tablet.is_listening and tablet.shown for tablet in tablets):
            is_ready = True
            said.send("ready")
        for slot, _ in selector.select():
            if slot.data is None:
                said.recv()
                said.send([tablet.shown for tablet in tablets])
                return
            tablet, line = slot.data
            if line.receive():
                tablet.hear(line)
            else:
                selector.unregister(line.socket)
                line.open()
                selector.register(line.socket, selectors.EVENT_READ, slot.data)
