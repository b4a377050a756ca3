"""What was said in Slack: messages of an exported channel, or of `conversations.history`. Names are left out.

Sources: https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports and
https://api.slack.com/events/message
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, epoch, kind, part, text

# Who came and went, and what the channel is called, is no part of an incident.
_NOISE: Final = frozenset((
    "channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive",
    "channel_unarchive", "group_join", "group_leave", "bot_add", "bot_remove", "pinned_item", "unpinned_item",
    "tombstone", "reminder_add", "channel_convert_to_private", "channel_posting_permissions",
))  # fmt: skip
_PERSON: Final = re.compile(r"<@[^>|]*(?:\|[^>]*)?>")
_CHANNEL: Final = re.compile(r"<#[^>|]*(?:\|([^>]*))?>")
_GROUP: Final = re.compile(r"<!(?:subteam\^)?([^>|]*)(?:\|([^>]*))?>")
_LONGEST: Final = 8_000
_MAIL: Final = re.compile(r"<mailto:[^>|]*(?:\|[^>]*)?>")
_LINK: Final = re.compile(r"<(https?:[^>|]*)(?:\|([^>]*))?>")


def read(payload: Any, origin: str, channel: str = "") -> Imported:
    """The rows of messages, a list of them or `messages`; `channel` is the name of their channel."""
    reader = Reader(origin)
    value, path = (
        (payload["messages"], "$.messages")
        if isinstance(payload, Mapping) and "messages" in payload
        else (payload, "$")
    )
    if not isinstance(value, list):
        reader.note(path, f"a list of messages was expected, not {kind(value)}")
        return reader.imported()
    for here, each in reader.maps(value, path):
        _message(reader, each, here, channel)
    if isinstance(payload, Mapping):
        reader.more(payload.get("has_more") is True, "$.has_more")
    return reader.imported()


def within(payload: Any, start: datetime, end: datetime) -> Any:
    """The payload with only the messages of an interval; those without a time stay, to be noted."""
    value = payload.get("messages") if isinstance(payload, Mapping) else payload
    if not isinstance(value, list):
        return payload
    return [each for each in value if (at := _time(each)) is None or start <= at <= end]


def _time(message: Any) -> datetime | None:
    """The time of a message: seconds since 1970 as a text, with a running number behind the point."""
    written = text(message, "ts") if isinstance(message, Mapping) else ""
    return epoch(float(written)) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", written) else None


def _message(reader: Reader, message: Mapping[str, Any], path: str, channel: str) -> None:
    if text(message, "subtype") in _NOISE:
        reader.skip()
        return
    if message.get("type", "message") != "message":
        reader.note(f"{path}.type", "no message")
        return
    at = _time(message)
    if at is None:
        reader.note(f"{path}.ts", "no time such as 1795176000.000100")
        return
    said = plain(text(message, "text") or next(_beside(message), ""))
    if not said:
        reader.note(f"{path}.text", "it is empty")
        return
    where = f"#{channel}: " if channel else ""
    reader.row(at, Event(text=f"{where}{said}", what=What.TALK, link=text(message, "permalink")), path)


def _beside(message: Mapping[str, Any]) -> Iterator[str]:
    """What stands in blocks and attachments: most programs say nothing in the text itself."""
    for each in _maps(message.get("blocks")):
        yield from filter(None, [text(part(each, "text"), "text")])
    for each in _maps(message.get("attachments")):
        yield from filter(None, (text(each, key) for key in ("fallback", "title", "text")))


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()


def plain(written: str) -> str:
    """Slack's markup as words: mentions without names, links as their addresses."""
    words = _MAIL.sub("@somebody", _PERSON.sub("@somebody", written[:_LONGEST]))
    words = _CHANNEL.sub(lambda found: f"#{found[1] or 'channel'}", words)
    words = _GROUP.sub(lambda found: f"@{(found[2] or found[1]).lstrip('@')}", words)
    words = _LINK.sub(lambda found: f"{found[2]} {found[1]}" if found[2] and found[2] != found[1] else found[1], words)
    return html.unescape(words).strip()
