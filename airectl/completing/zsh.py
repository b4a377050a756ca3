"""Completion for zsh, with the help of each command and option."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from airectl.completing.plan import Spot, spots
from airectl.completing.values import Kind, Known, Values
from airectl.core.command_tree import Command

_HEAD = """\
#compdef airectl
# Completion of airectl for zsh: put it into a folder of $fpath as `_airectl`.
# Made from the command tree; `airectl completion zsh` prints it.

_airectl_words() {
  local -a found=("${(@f)1}")
  compadd -- $found
}

_airectl_files() { _files }
_airectl_folders() { _files -/ }
_airectl_specs() { _files -g '*.(yaml|yml)(-.)' }
_airectl_asked() { _airectl_words "$(${words[1]} completion values $1 2>/dev/null)" }

_airectl_output() {
  if compset -P '*='; then
    _files
  else
    _airectl_words "$1"
  fi
}
"""
_TAIL = """\
_airectl() {
  local at='' wanted='' ended='' word
  local -i places=0
  for word in "${(@)words[2,CURRENT-1]}"; do
    if [[ -n $wanted ]]; then
      wanted=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -* ]]; then
      [[ " $(_airectl_valued $at) " == *" $word "* ]] && wanted=$word
    elif (( places == 0 )) && [[ $'\\n'"$(_airectl_names $at)"$'\\n' == *$'\\n'"$word"$'\\n'* ]]; then
      at=${at:+$at }$word
    else
      (( places += 1 ))
    fi
  done
  if [[ -n $wanted ]]; then
    _airectl_values "$at $wanted"
  elif [[ -z $ended && ${words[CURRENT]} == --*=* ]]; then
    word=${words[CURRENT]%%=*}
    compset -P '*='
    _airectl_values "$at $word"
  elif [[ -z $ended && ${words[CURRENT]} == -* ]]; then
    _airectl_options "$at"
  else
    (( places == 0 )) && _airectl_commands "$at"
    _airectl_values "$at $places"
  fi
}

if [[ $funcstack[1] == _airectl ]]; then
  _airectl "$@"
else
  compdef _airectl airectl
fi
"""
_ASKED = (Kind.SLOS, Kind.SOURCES)


def script(root: Command, known: Known) -> str:
    """The script. It starts airectl only for names of SLOs and of sources."""
    found = list(spots(root, known))
    parts = [
        _HEAD,
        _function("names", ((_word(spot.path), _printed([name for name, _ in spot.commands])) for spot in found)),
        _function("valued", ((_word(spot.path), f"print -r -- {_word(' '.join(spot.valued))}") for spot in found)),
        _function("commands", ((_word(spot.path), _described("command", spot.commands)) for spot in found)),
        _function("options", ((_word(spot.path), _described("option", _options(spot))) for spot in found)),
        _function("values", (case for spot in found for case in _values(spot))),
        _TAIL,
    ]
    return "\n".join(parts)


def _function(name: str, cases: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"    {pattern}) {command} ;;\n" for pattern, command in cases if command)
    return f"_airectl_{name}() {{\n  case $1 in\n{body}  esac\n}}\n"


def _options(spot: Spot) -> Iterator[tuple[str, str]]:
    for option, _ in spot.options:
        for name in option.names:
            yield name, option.help


def _described(what: str, pairs: Iterable[tuple[str, str]]) -> str:
    """`_describe` with a list of its own; in an entry a colon ends the name."""
    entries = " ".join(_word(name.replace(":", r"\:") + ":" + help) for name, help in pairs)
    flag = "-o " if what == "option" else ""
    return f"local -a found=({entries}); _describe {flag}{what} found" if entries else ""


def _values(spot: Spot) -> Iterator[tuple[str, str]]:
    for option, values in spot.options:
        if values.kind is not Kind.NOTHING:
            yield "|".join(_word(f"{spot.path} {name}") for name in option.names), _command(values)
    for place in spot.places:
        if place.values.kind is not Kind.NOTHING:
            number = "<->" if place.rest else str(place.number)
            yield f"{_word(f'{spot.path} ')}{number}", _command(place.values)


def _command(values: Values) -> str:
    words = _words(values.words)
    if values.kind is Kind.OUTPUT:
        return f"_airectl_output {words}"
    parts = [f"_airectl_words {words}"] if values.words else []
    if values.kind in _ASKED:
        parts.append(f"_airectl_asked {values.kind}")
    elif values.kind is not Kind.WORDS:
        parts.append(f"_airectl_{values.kind}")
    return "; ".join(parts)


def _printed(words: Sequence[str]) -> str:
    return f"print -rl -- {' '.join(map(_word, words))}" if words else ""


def _words(words: Sequence[str]) -> str:
    escaped = "\n".join(words).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"$'{escaped}'"


def _word(text: str) -> str:
    return shlex.quote(text)
