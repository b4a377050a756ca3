"""Settings: flags > AIRECTL_* > airectl.toml or [tool.airectl] > defaults. Each value knows its origin."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from os.path import relpath
from pathlib import Path
from typing import Any, Final

from airectl.core import source_variables
from airectl.core.agreement import AgreementError, read_exclusions, read_policies
from airectl.core.load_bounds import TABLE as LOADTEST
from airectl.core.load_bounds import Bounds, BoundsError, read_bounds
from airectl.core.policy import Agreed
from airectl.core.settings import KEYS
from airectl.env import Env
from airectl.errors import ConfigError

FILE: Final = "airectl.toml"
_PYPROJECT: Final = "pyproject.toml"
_TABLES: Final = ("sources", "probes", "policies", "exclusions", LOADTEST)
# Tables whose keys are settings of their own: `path` in `[runbooks]` is `runbooks.path`.
_PARTS: Final = ("postmortems", "runbooks")
_HEADER: Final = re.compile(r"\s*\[([\w.-]+)\]")


_BY_NAME: Final = {key.name: key for key in KEYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value and where it comes from, such as `airectl.toml` or `AIRECTL_FAIL_ON`."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting but those of flags, which a command lays over them with `pick`."""

    settings: Mapping[str, Setting]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    probes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agreed: Agreed = field(default_factory=Agreed)
    loadtest: Bounds = field(default_factory=Bounds)
    file: str = ""

    def beside(self, name: str, cwd: Path) -> list[str]:
        """The paths of a setting for use in `cwd`: those in the file are relative to it, others to `cwd`."""
        setting = self.settings[name]
        folder = (cwd / self.file).parent
        if setting.origin != self.file or folder == cwd:
            return list(setting.value)
        return [str(Path(relpath(folder, cwd), path)) for path in setting.value]

    def get(self, name: str) -> Any:
        """The value of a setting."""
        return self.settings[name].value

    def pick(self, name: str, flag: Any) -> Any:
        """The flag's value if one was given (not None, not an empty list), else the setting's."""
        return self.get(name) if flag is None or flag == [] else flag


def load(env: Env, path: str | None = None) -> Config:
    """Read the configuration file (`path`, else the nearest one upwards) and AIRECTL_* variables.

    Raises ConfigError with the place of what is wrong.
    """
    settings = {key.name: Setting(value=key.default, origin="default") for key in KEYS}
    found = _locate(env, path)
    sources: Mapping[str, Mapping[str, Any]] = {}
    probes: Mapping[str, Mapping[str, Any]] = {}
    agreed, bounds = Agreed(), Bounds()
    if found:
        table, shown = _read(found), str(_shown(found, env))
        sources = _named_tables("sources", table.pop("sources", {}), found)
        probes = _named_tables("probes", table.pop("probes", {}), found)
        agreed = _agreed(table.pop("policies", {}), table.pop("exclusions", []), found, shown)
        bounds = _bounds(table.pop(LOADTEST, {}), found, shown)
        for name, value in _flat(table, found).items():
            part, _, key = name.rpartition(".")
            settings[name] = _setting(name, value, shown, _line(found, key, part))
    settings |= _from_variables(env.environ)
    return Config(
        settings=settings,
        sources=_with_variables(sources, env, source_variables.PREFIX),
        probes=_with_variables(probes, env, source_variables.PROBES),
        agreed=agreed,
        loadtest=bounds,
        file=str(_shown(found, env)) if found else "",
    )


def _from_variables(environ: Mapping[str, str]) -> dict[str, Setting]:
    """Settings of AIRECTL_* variables; one that looks like a setting's misspelt name is an error, not silence."""
    known = {key.variable: key.name for key in KEYS}
    for name in environ:
        if name.startswith(source_variables.PREFIXES):
            continue
        if name.startswith("AIRECTL_") and name not in known and (near := get_close_matches(name, known, 1, 0.85)):
            raise ConfigError(f"{name} is no setting", help=f"did you mean {near[0]}?")
    return {name: _setting(name, environ[var], var, 0) for var, name in known.items() if var in environ}


def _locate(env: Env, path: str | None) -> Path | None:
    path = path or env.environ.get("AIRECTL_CONFIG")
    if path:
        full = env.cwd / path
        if not full.is_file():
            raise ConfigError(f"there is no configuration file at {path}", help="check --config or AIRECTL_CONFIG")
        return full
    for folder in (env.cwd, *env.cwd.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / _PYPROJECT).is_file() and _has_table(folder / _PYPROJECT):
            return folder / _PYPROJECT
        if (folder / ".git").exists():
            return None
    return None


def _has_table(path: Path) -> bool:
    tools = _parse(path).get("tool")
    return isinstance(tools, dict) and "airectl" in tools


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not UTF-8", help="save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}", help="fix the file") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or thousands of brackets
        raise ConfigError(
            f"{path.name} is not valid TOML: a value is too long or too deep", help="fix the file"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read {path.name}: {error.strerror}", help="check its permissions") from None


def _read(path: Path) -> dict[str, Any]:
    table = _parse(path)
    if path.name != _PYPROJECT:
        return table
    own = table["tool"]["airectl"] if _has_table(path) else {}
    if not isinstance(own, dict):
        raise ConfigError(f"{path.name}: `tool.airectl` must be a table", help="write `[tool.airectl]`")
    return own


def _flat(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The table with the settings of its parts, `runbooks.path` for `path` in `[runbooks]`."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _PARTS:
            flat[name] = value
        elif isinstance(value, dict):
            flat |= {f"{name}.{key}": item for key, item in value.items()}
        else:
            raise ConfigError(f"{path.name}: `{name}` must be a table", help=f"write `[{name}]`")
    return flat


def _named_tables(name: str, value: Any, path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The tables of sources, or of probes."""
    if isinstance(value, dict) and all(isinstance(item, dict) for item in value.values()):
        return value
    message = f"{path.name}: `{name}` must hold one table a {name.removesuffix('s')}"
    raise ConfigError(message, help=f"write `[{name}.NAME]`")


def _with_variables(tables: Mapping[str, Mapping[str, Any]], env: Env, prefix: str) -> Mapping[str, Mapping[str, Any]]:
    """The tables of the file with those of variables, whose paths are relative to the working folder."""
    named = {
        variable: str(env.cwd / value)
        if variable.lower().endswith(source_variables.PATHS) and value[:2] != "~/"
        else value
        for variable, value in env.environ.items()
        if variable.startswith(prefix)
    }
    try:
        return source_variables.laid_over(tables, named, prefix)
    except source_variables.VariableError as error:
        topic = "sources" if prefix == source_variables.PREFIX else "probing"
        raise ConfigError(str(error), help=f"{prefix}NAME_URL and _TOKEN; see `airectl help {topic}`") from None


def _agreed(policies: Any, exclusions: Any, path: Path, shown: str) -> Agreed:
    try:
        return Agreed(policies=read_policies(policies), exclusions=read_exclusions(exclusions))
    except AgreementError as error:
        line = _table_line(path, error.name, error.index)
        help = "`airectl help policies` shows the tables"
        raise ConfigError(f"{shown}:{line}: {error}" if line else f"{shown}: {error}", help=help) from None


def _bounds(table: Any, path: Path, shown: str) -> Bounds:
    try:
        return read_bounds(table)
    except BoundsError as error:
        line = _line(path, error.key, LOADTEST) or _table_line(path, LOADTEST, 0)
        where = f"{shown}:{line}" if line else shown
        raise ConfigError(f"{where}: `{LOADTEST}` {error}", help="`airectl help loadtest` shows the table") from None


def _setting(name: str, value: Any, origin: str, line: int) -> Setting:
    where = f"{origin}:{line}" if line else origin
    key = _BY_NAME.get(name)
    if key is None:
        near = get_close_matches(name, (*_BY_NAME, *_TABLES), 1)
        help = f"did you mean `{near[0]}`?" if near else f"known: {', '.join((*sorted(_BY_NAME), *_TABLES))}"
        raise ConfigError(f"{where}: unknown setting `{name}`", help=help)
    try:
        return Setting(value=key.read(value), origin=origin)
    except ValueError as error:
        raise ConfigError(f"{where}: `{name}` {error}, got `{value}`", help=key.help) from None


def _line(path: Path, name: str, within: str = "") -> int:
    """The line that sets `name` in the table `within`; tomllib keeps no positions. 0 where it is not plain to see."""
    lines = path.read_text("utf-8").splitlines()
    table, own = "", ".".join(part for part in ("tool.airectl" * (path.name == _PYPROJECT), within) if part)
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = header[1]
        elif table == own and line.split("=")[0].strip().strip('"') == name:
            return number
    return 0


def _table_line(path: Path, name: str, index: int) -> int:
    """The line on which the `index`th table called `name` begins; 0 where it is not plain to see."""
    full = f"tool.airectl.{name}" if path.name == _PYPROJECT else name
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    found = [number for number, line in lines if line.split("#")[0].strip() in (f"[{full}]", f"[[{full}]]")]
    return found[index] if index < len(found) else 0


def _shown(path: Path, env: Env) -> Path:
    return path.relative_to(env.cwd) if path.is_relative_to(env.cwd) else path
