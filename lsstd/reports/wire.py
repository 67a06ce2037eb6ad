"""What a report's process and its caller tell each other: messages of JSON, with files' bytes behind them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">Q")
REQUEST = struct.Struct("=i")
"""What the zygote is asked for: a new child (0), or to let go of one that is over (its process id)."""


class Channel:
    """A channel for messages over two streams of bytes; a message arrives whole or not at all."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> None:
        """Send a message; the bytes of `files` follow it as they are."""
        sizes = {name: len(content) for name, content in (files or {}).items()}
        head = json.dumps([message, sizes]).encode("ascii")
        self._writer.write(b"".join((_LENGTH.pack(len(head)), head, *(files or {}).values())))
        self._writer.flush()

    def receive(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Return the next message and its files.

        Raises
        ------
        EOFError
            The other side is gone.
        """
        (size,) = _LENGTH.unpack(self._read(_LENGTH.size))
        message, sizes = json.loads(self._read(size))
        return message, {name: self._read(length) for name, length in sizes.items()}

    def _read(self, size: int) -> bytes:
        try:
            read = self._reader.read(size)
        except OSError:  # reset by the other side
            read = b""
        if len(read) < size:
            raise EOFError
        return read

    def close(self) -> None:
        """Close both streams, whatever is left in them."""
        for stream in (self._reader, self._writer):
            try:
                stream.close()
            except OSError:
                continue
