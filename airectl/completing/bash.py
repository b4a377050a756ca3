"""Completion for bash, without the package bash-completion. bash 4 and newer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from airectl.completing.plan import Spot, spots
from airectl.completing.values import Kind, Known, Values
from airectl.core.command_tree import Command

_HEAD = """\
# Completion of airectl for bash 4 and newer: source it, or put it into a folder of bash-completion as `airectl`.
# Made from the command tree; `airectl completion bash` prints it.

_airectl_words() {
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -W "$1" -- "$current"))
}

_airectl_files() {
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -f -- "$current"))
  compopt -o filenames 2>/dev/null
}

_airectl_folders() {
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -d -- "$current"))
  compopt -o filenames 2>/dev/null
}

_airectl_specs() {
  local IFS=$'\\n' path
  for path in $(compgen -f -- "$current"); do
    [[ -d $path || $path == *.yaml || $path == *.yml ]] && COMPREPLY+=("$path")
  done
  compopt -o filenames 2>/dev/null
}

_airectl_asked() {
  _airectl_words "$("${COMP_WORDS[0]}" completion values "$1" 2>/dev/null)"
}

_airectl_output() {
  if [[ $current == *=* ]]; then
    local format=${current%%=*}
    current=${current#*=}
    _airectl_files
    # bash itself breaks words at `=` where COMP_WORDBREAKS has it, and wants what follows alone.
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$format=}")
  else
    _airectl_words "$1"
  fi
}
"""
_TAIL = """\
_airectl() {
  local line=${COMP_LINE:0:COMP_POINT} current path='' wanted='' word option places=0 ended=''
  local -a words
  COMPREPLY=()
  # COMP_WORDS has words broken at : and =, which values hold.
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  for word in "${words[@]:1:${#words[@]}-2}"; do
    if [[ -n $wanted ]]; then
      wanted=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -* ]]; then
      [[ " $(_airectl_valued "$path") " == *" $word "* ]] && wanted=$word
    elif [[ $places == 0 && $'\\n'"$(_airectl_commands "$path")"$'\\n' == *$'\\n'"$word"$'\\n'* ]]; then
      path=${path:+$path }$word
    else
      places=$((places + 1))
    fi
  done
  if [[ -n $wanted ]]; then
    _airectl_values "$path $wanted"
  elif [[ -z $ended && $current == --*=* ]]; then
    option=${current%%=*}
    current=${current#*=}
    _airectl_values "$path $option"
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$option=}")
  elif [[ -z $ended && $current == -* ]]; then
    _airectl_words "$(_airectl_options "$path")"
  else
    [[ $places == 0 ]] && _airectl_words "$(_airectl_commands "$path")"
    _airectl_values "$path $places"
  fi
  # bash breaks words at colons too: what stands in front of the last one is there already.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    word=${current%"${current##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$word"}")
  fi
}

complete -F _airectl airectl
"""
_ASKED = (Kind.SLOS, Kind.SOURCES)


def script(root: Command, known: Known) -> str:
    """The script. It starts airectl only for names of SLOs and of sources."""
    found = list(spots(root, known))
    parts = [
        _HEAD,
        _function("commands", [(f"'{spot.path}'", _echo([name for name, _ in spot.commands])) for spot in found]),
        _function("options", [(f"'{spot.path}'", _echo(spot.names)) for spot in found]),
        _function("valued", [(f"'{spot.path}'", f"echo {_quoted(' '.join(spot.valued))}") for spot in found]),
        _function("values", [case for spot in found for case in _values(spot)]),
        _TAIL,
    ]
    return "\n".join(parts)


def _function(name: str, cases: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"    {pattern}) {command} ;;\n" for pattern, command in cases if command)
    return f"_airectl_{name}() {{\n  case $1 in\n{body}  esac\n}}\n"


def _values(spot: Spot) -> Iterator[tuple[str, str]]:
    for option, values in spot.options:
        if values.kind is not Kind.NOTHING:
            yield "|".join(_quoted(f"{spot.path} {name}") for name in option.names), _command(values)
    for place in spot.places:
        if place.values.kind is not Kind.NOTHING:
            number = "*" if place.rest else str(place.number)
            yield f"{_quoted(f'{spot.path} ')}{'[0-9]' * place.rest}{number}", _command(place.values)


def _command(values: Values) -> str:
    words = _quoted("\n".join(values.words))
    if values.kind is Kind.OUTPUT:
        return f"_airectl_output {words}"
    parts = [f"_airectl_words {words}"] if values.words else []
    if values.kind in _ASKED:
        parts.append(f"_airectl_asked {values.kind}")
    elif values.kind is not Kind.WORDS:
        parts.append(f"_airectl_{values.kind}")
    return "; ".join(parts)


def _echo(words: Sequence[str]) -> str:
    return "printf '%s\\n' " + " ".join(map(_quoted, words)) if words else ""


def _quoted(text: str) -> str:
    """A word of the shell, whatever it holds."""
    if "\n" in text:
        escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"$'{escaped}'"
    return shlex.quote(text)
