"""The bytes of a `/metrics` page as its text: unpacked and decoded, or why that cannot be."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import Final

from airectl.core import exposition
from airectl.core.exposition import Fault, Page

# The page of a busy gateway is a few megabytes; a hundred times that is no page, or a mistake.
MAX_BYTES: Final = 64 * 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# A message of io.prometheus.client.MetricFamily behind its length: field 1, the name.
_PROTOBUF: Final = re.compile(rb".{1,3}?\x0a[\x01-\x7f][a-zA-Z_:][a-zA-Z0-9_:]", re.DOTALL)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOOKED_AT: Final = 4096


class NoPageError(Exception):
    """The bytes are no page; `fault` says why, and where."""

    def __init__(self, message: str, help: str, line: int = 1, col: int = 1) -> None:
        super().__init__(message)
        self.fault = Fault(line=line, col=col, message=message, help=help)


def page_of(data: bytes, *, open_metrics: bool = False, limit: int = MAX_BYTES) -> tuple[Page, str]:
    """The page in `data`, which may be packed with gzip, and its text. What is no page has a fault and no family."""
    try:
        plain = _unpacked(data, limit)
        _check(plain)
    except NoPageError as error:
        return Page(families={}, faults=(error.fault,)), ""
    text, fault = _decoded(plain)
    page = exposition.read(text, open_metrics=open_metrics)
    return (replace(page, faults=(fault, *page.faults)) if fault else page), text


def too_large(limit: int) -> NoPageError:
    """What is said of more than `limit` bytes."""
    help = "a page of metrics has a few megabytes: is this one? Drop what has a series a request or a user"
    return NoPageError(f"it is larger than {limit // 2**20} MiB, which is as much as is read", help)


def _unpacked(data: bytes, limit: int) -> bytes:
    if data.startswith(_ZSTD):
        raise NoPageError("it is packed with zstd, which is not read", "unpack it first: `zstd -dc FILE`")
    if not data.startswith(_GZIP):
        if len(data) > limit:
            raise too_large(limit)
        return data
    again = "read it again; was the transfer broken off?"
    parts, size = [], 0
    try:
        while data.startswith(_GZIP):
            reader = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            parts.append(reader.decompress(data, limit + 1 - size))
            size += len(parts[-1])
            if size > limit:
                raise too_large(limit)
            if not reader.eof:
                raise NoPageError("it is packed with gzip, and cut off", again)
            data = reader.unused_data
    except zlib.error:
        raise NoPageError("it is packed with gzip, and damaged", again) from None
    return b"".join(parts)


def _check(data: bytes) -> None:
    """Raises NoPageError for what is no text."""
    head = data[:_LOOKED_AT]
    found = _CONTROLS.search(head)
    if found is None:
        return
    if _PROTOBUF.match(head):
        help = "ask for text: `curl -H 'Accept: text/plain' URL`, or give the URL itself"
        raise NoPageError("this is protobuf, not text", help)
    line = head.count(b"\n", 0, found.start()) + 1
    col = found.start() - head.rfind(b"\n", 0, found.start())
    if b"\0" in head:
        raise NoPageError("this is binary, not metrics", "give the address of the metrics, often /metrics", line, col)


def _decoded(data: bytes) -> tuple[str, Fault | None]:
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        fault = Fault(
            line=data.count(b"\n", 0, error.start) + 1,
            col=len(data[start : error.start].decode("utf-8", "replace")) + 1,
            message=f"the page is not UTF-8: byte 0x{data[error.start]:02x} stands where none such may",
            help="have whoever makes the label write it in UTF-8; Prometheus refuses the whole page",
        )
        return data.decode("utf-8", "replace"), fault
