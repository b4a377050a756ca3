"""Inputs too long, too deep or too broken to be written out in a transcript."""


def brackets() -> bytes:
    """40,000 opening brackets: libyaml's own composer dies on these."""
    return b"[" * 40_000


def alias_bomb() -> bytes:
    """A few hundred bytes that mean 10**9 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines).encode() + b"\n"


def long_line() -> bytes:
    """One line of a megabyte."""
    return b"description: " + b"x" * 1_000_000 + b"\n"


def bad_bytes() -> bytes:
    """Latin-1 where UTF-8 is due, in line 2."""
    return b"kind: SLO\nname: caf\xe9\n"


def byte_order_mark() -> bytes:
    """A good spec behind a byte order mark."""
    return b"\xef\xbb\xbf" + _spec("sum(rate(http_requests_total[5m]))").encode()


def promql_brackets() -> bytes:
    """A query of 10,000 brackets: promql-parser dies on it."""
    return _spec("(" * 10_000 + "up" + ")" * 10_000).encode()


def zeros() -> bytes:
    """Bytes that no text has."""
    return bytes(100)


def many_findings() -> bytes:
    """Enough findings to fill a pipe many times over."""
    return b"---\n".join(b"service: chat\ntelemetry: vllm\nSLO:\n  availability: 999%\n" for _ in range(2_000))


def nothing() -> bytes:
    """An empty file."""
    return b""


def _spec(query: str) -> str:
    return f"""apiVersion: openslo/v1
kind: SLO
metadata:
  name: chat-availability
  annotations:
    airectl.dev/owner: team-chat
    airectl.dev/runbook: https://runbooks.example.com/chat
spec:
  service: chat
  indicator:
    metadata:
      name: chat-availability
    spec:
      ratioMetric:
        counter: false
        good:
          metricSource:
            type: Prometheus
            spec:
              query: "{query}"
        total:
          metricSource:
            type: Prometheus
            spec:
              query: sum(rate(http_requests_total[5m]))
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.99
"""
