"""What was changed: commits and tags of repositories, those first that touch models, prompts or deployments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader
from airectl.vcs import Commit

_KINDS: Final = (
    ("prompt", re.compile(r"(?:^|[/_.-])(?:system[_-]?)?prompts?(?:[/_.-]|$)|\.(?:prompt|jinja2?|j2)$", re.IGNORECASE)),
    ("model", re.compile(
        r"(?:^|/)(?:models?|weights|checkpoints|adapters?|loras?|model[_-]?registry)/|(?:^|/)models?\.[a-z]+$"
        r"|\.(?:safetensors|gguf|onnx|dvc)$|tokenizer|(?:^|/)mlproject$", re.IGNORECASE,
    )),
    ("deploy", re.compile(
        r"(?:^|/)(?:deploy\w*|helm|charts?|k8s|kubernetes|kustomize|manifests|terraform|ansible|argocd|flux)/"
        r"|(?:^|/)(?:dockerfile|containerfile|docker-compose|values|kustomization)[^/]*$|\.tf$", re.IGNORECASE,
    )),
    ("config", re.compile(r"(?:^|/)(?:config\w*|settings|flags|limits|quotas?|routes?)(?:[/.]|$)", re.IGNORECASE)),
)  # fmt: skip
_MOST_OTHERS: Final = 50
_SHORT: Final = 12


def kinds(paths: Iterable[str]) -> tuple[str, ...]:
    """What a commit changed, by the names of its files: prompt, model, deploy, config."""
    found = list(paths)
    return tuple(name for name, pattern in _KINDS if any(pattern.search(path) for path in found))


def read(commits: Iterable[Commit], origin: str, web: str = "") -> Imported:
    """The rows of a repository's commits. `web` is the address of its pages, empty where it has none.

    Of commits that touch nothing of the kinds above, the latest 50 are kept.
    """
    reader = Reader(origin)
    sorted_ = sorted(commits, key=lambda commit: commit.at, reverse=True)
    others = 0
    for commit in sorted_:
        about = kinds(commit.paths)
        others += not (about or commit.tag)
        if not (about or commit.tag) and others > _MOST_OTHERS:
            reader.skip()
            continue
        what = f"tag {commit.tag}" if commit.tag else f"commit {commit.id[:_SHORT]}"
        touched = f" ({', '.join(about)})" if about else ""
        said = f"{what}{touched}: {commit.subject}"
        link = f"{web}/commit/{commit.id}" if web else ""
        reader.row(commit.at, Event(text=said, what=What.CHANGE, link=link), commit.id[:_SHORT])
    return reader.imported()
