"""What looks like a credential in a spec, and how a line that holds one is shown."""

import re
from functools import lru_cache
from typing import Final

from airectl.core.secrets import HIDDEN

# Ends of keys that hold a credential, without case and separators. `token_env` and `passwordFile` name
# a place instead, and are what they should be. Narrower than for settings: a spec's own fields are free.
_ENDS: Final = (
    "apikey", "appkey", "applicationkey", "accesskey", "accesskeyid", "secretkey", "privatekey", "signingkey",
    "token", "password", "passwd", "passphrase", "secret", "credential", "credentials", "authorization",
)  # fmt: skip
_IN_URL: Final = re.compile(
    r"(?<=://)[^/\s:@]*:(?P<password>[^/\s@]+)(?=@)"
    r"|(?<=[?&])[a-z_-]*(?:api_?key|app_?key|token|password|secret)=(?P<parameter>[^&#\s\"']+)",
    re.IGNORECASE,
)
# Tokens that their issuers made recognisable, wherever they stand: OpenAI and Anthropic, GitHub, GitLab,
# Hugging Face, Slack, AWS, Google, and signed JSON web tokens.
_ISSUED: Final = re.compile(
    r"\bsk-[\w-]{16,}|\bgh[opsur]_\w{16,}|\bgithub_pat_\w{16,}|\bglpat-[\w-]{16,}|\bhf_\w{16,}"
    r"|\bxox[abeoprs]-[\w-]{10,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
# `${TOKEN}`, `$TOKEN`, `{{ .token }}`, `<token>`, `****`: a place to fill in, not a credential.
_PLACEHOLDER: Final = re.compile(r"\$\{?\w+\}?|\$?\{\{.*\}\}|<[^<>]*>|\*+|x{3,}", re.IGNORECASE)
# Linear in the length of a line, which may be a megabyte: bounded keys, no repeated repetition.
_PAIR: Final = re.compile(r"(?<![\w.$/-])(?P<key>[\w.$/-]{1,80})[\"']?[ \t]{0,8}:[ \t]{1,80}(?=\S)|(?P<flow>[{\[])")
_QUOTED: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_FLOW_END: Final = re.compile(r"[,}\]]")
_BLOCK_END: Final = re.compile(r"(?<=[ \t])#")


@lru_cache(4096)
def is_key(key: str) -> bool:
    """Whether the value under `key` is a credential: `apiKey`, `session_token`, not `token_env`."""
    return re.sub(r"[^a-z0-9]", "", key.lower()).endswith(_ENDS)


def is_placeholder(text: str) -> bool:
    """Whether `text` only says where a credential goes, or is empty."""
    return not text.strip() or bool(_PLACEHOLDER.fullmatch(text.strip()))


def in_url(text: str) -> list[str]:
    """The credentials in the URLs of `text`: passwords and query parameters."""
    found = (match["password"] or match["parameter"] for match in _IN_URL.finditer(text))
    return [secret for secret in found if not is_placeholder(secret)]


def masked(line: str) -> str:
    """A line of YAML, or of what was meant to be YAML, with every credential in it as `****`."""
    parts: list[str] = []
    done, in_flow = 0, False
    while match := _PAIR.search(line, done):
        value = match.end()
        in_flow = in_flow or bool(match["flow"])
        parts.append(line[done:value])
        done = value
        if match["key"] and is_key(match["key"]):
            done = _end(line, value, in_flow=in_flow)
            parts.append(HIDDEN)
    return recognised("".join((*parts, line[done:])))


def recognised(text: str) -> str:
    """Any text, with the credentials that are known by their own form, and those in URLs, as `****`."""
    return _ISSUED.sub(HIDDEN, _IN_URL.sub(_masked_url, text))


def _masked_url(match: re.Match[str]) -> str:
    secret = match["password"] or match["parameter"]
    return match[0] if is_placeholder(secret) else match[0].removesuffix(secret) + HIDDEN


def _end(line: str, start: int, *, in_flow: bool) -> int:
    """Where the value that begins at `start` ends; in doubt it is the end of the line."""
    if quoted := _QUOTED.match(line, start):
        return quoted.end()
    stop = (_FLOW_END if in_flow else _BLOCK_END).search(line, start)
    end = stop.start() if stop else len(line)
    return start + len(line[start:end].rstrip())
