"""A prober for tests: of a loopback server, asked for the usual model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airectl.env import Stop
from airectl.probing.exchange import Patience
from airectl.probing.golden import Contains, Prompt
from airectl.probing.prober import Prober, Result
from airectl.probing.target import Settings, Target, target
from inference_server import MODEL

UNHURRIED = Patience(connect_s=20, first_token_s=20, stall_s=20, total_s=40)
CAPITAL = Prompt(
    name="capital",
    messages=[{"role": "user", "content": "What is the capital of France?"}],
    expect=Contains(text="Paris"),
)


def settings(**given: Any) -> Settings:
    return Settings(**{"tables": {}, "file": "", "cwd": Path.cwd(), "environ": {}, **given})


def aimed(url: str, **given: Any) -> Target:
    """The target at `url`, asked for the usual model."""
    found = target(url, settings())
    return Target(**{"name": found.name, "endpoint": found.endpoint, "model": MODEL, **given})


def asked(url: str, *prompts: Prompt, patience: Patience = UNHURRIED, **given: Any) -> list[Result]:
    """What came of the prompts, CAPITAL where there are none."""
    prober = Prober(aimed(url, **given), patience, Stop())
    return list(prober.round(prompts or [CAPITAL]))
