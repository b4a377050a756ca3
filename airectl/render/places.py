"""Paths as other tools want them: relative to the repository where they can be, and as URIs."""

import posixpath
from urllib.parse import quote

from airectl.render import View


def repository_path(path: str, view: View) -> str:
    """`./chat.yaml` as `specs/chat.yaml`, where airectl ran in specs/: CI services compare paths as text.

    A path that is not below the root stays as it is, save for `./` and `//`.
    """
    if not path or path.startswith("<"):  # <stdin>
        return path
    full = posixpath.normpath(posixpath.join(view.cwd, path))
    root = posixpath.normpath(view.root or view.cwd or "/")
    if view.cwd and full.startswith(root.rstrip("/") + "/"):
        return posixpath.relpath(full, root)
    return posixpath.normpath(path)


def uri(path: str, view: View) -> str:
    """A path as a URI reference, percent-encoded; one outside the repository with the scheme `file`."""
    encoded = quote(_bytes(repository_path(path, view)), safe="/")
    return f"file://{encoded}" if encoded.startswith("/") else encoded


def _bytes(path: str) -> bytes:
    """The path's bytes; a lone surrogate from U+DC80 stands for a byte that is not UTF-8, others for themselves."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
