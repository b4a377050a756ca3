"""Completion for fish, with the help of each command and option."""

from __future__ import annotations

from collections.abc import Iterator

from airectl.completing.plan import Spot, spots
from airectl.completing.values import Kind, Known, Values
from airectl.core.command_tree import Command

_HEAD = """\
# Completion of airectl for fish: put it into ~/.config/fish/completions as `airectl.fish`.
# Made from the command tree; `airectl completion fish` prints it.

# The words that name a command, then how many arguments stand behind them.
function __airectl_at
    set -l words (commandline -opc)
    set -l at
    set -l places 0
    set -l wanted
    set -l ended
    for word in $words[2..]
        if test -n "$wanted"
            set wanted
        else if test -z "$ended" -a "$word" = --
            set ended 1
        else if test -z "$ended"; and string match -q -- '-*' $word
            contains -- $word (__airectl_valued "$at"); and set wanted $word
        else if test $places = 0; and contains -- $word (__airectl_names "$at")
            set at (string trim "$at $word")
        else
            set places (math $places + 1)
        end
    end
    echo $at
    echo $places
end

function __airectl_is
    set -l at (__airectl_at)
    test "$at[1]" = "$argv[1]"
end

function __airectl_is_place
    set -l at (__airectl_at)
    test "$at[1]" = "$argv[1]" -a "$at[2]" $argv[2] $argv[3]
end

function __airectl_asked
    set -l words (commandline -opc)
    $words[1] completion values $argv[1] 2>/dev/null
end

function __airectl_specs
    __fish_complete_suffix .yaml
    __fish_complete_suffix .yml
end

# FORMAT, or FORMAT= and a file.
function __airectl_output
    set -l token (commandline -ct | string replace -r '^--[a-z-]+=' '')
    if string match -q '*=*' -- $token
        set -l parts (string split -m 1 = -- $token)
        printf '%s\\n' $parts[1]=(__fish_complete_path $parts[2] | string replace -r '\\t.*' '')
    else
        printf '%s\\n' $argv
    end
end
"""


def script(root: Command, known: Known) -> str:
    """The script. It starts airectl only for names of SLOs and of sources."""
    found = list(spots(root, known))
    lines = [
        _HEAD,
        *_function("names", ((spot.path, [name for name, _ in spot.commands]) for spot in found)),
        *_function("valued", ((spot.path, spot.valued) for spot in found)),
        "complete -c airectl -e",
        "complete -c airectl -f",
        *(line for spot in found for line in _spot(spot)),
    ]
    return "\n".join(lines) + "\n"


def _function(name: str, cases: Iterator[tuple[str, list[str]]]) -> Iterator[str]:
    yield f"function __airectl_{name}"
    yield "    switch $argv[1]"
    for path, words in cases:
        if words:
            yield f"        case {_word(path)}"
            yield f"            printf '%s\\n' {' '.join(map(_word, words))}"
    yield "    end"
    yield "end\n"


def _spot(spot: Spot) -> Iterator[str]:
    here = _word(f"__airectl_is {_word(spot.path)}")
    first = _word(f"__airectl_is_place {_word(spot.path)} -eq 0")
    for name, help in spot.commands:
        yield f"complete -c airectl -n {first} -a {_word(name)} -d {_word(help)}"
    for option, values in spot.options:
        taken = _names(option.names) + _given(values, option.flag)
        yield f"complete -c airectl -n {here} {taken} -d {_word(option.help)}"
    for place in spot.places:
        if place.values.kind is not Kind.NOTHING:
            test = f"{'-ge' if place.rest else '-eq'} {place.number}"
            at = _word(f"__airectl_is_place {_word(spot.path)} {test}")
            yield f"complete -c airectl -n {at}{_values(place.values)}"


def _names(names: tuple[str, ...]) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names)


def _given(values: Values, flag: bool) -> str:
    if flag:
        return ""
    return f" -r{_values(values)}" if values.kind is Kind.FILES else f" -x{_values(values)}"


def _values(values: Values) -> str:
    """Where they come from; files need to be asked for, as the command by itself takes none."""
    words = " ".join(map(_word, values.words))
    match values.kind:
        case Kind.OUTPUT:
            return f" -a {_word(f'(__airectl_output {words})')}"
        case Kind.SLOS | Kind.SOURCES:
            return f" -a {_word(f'{words} (__airectl_asked {values.kind})'.strip())}"
        case Kind.SPECS:
            return " -a '(__airectl_specs)'"
        case Kind.FOLDERS:
            return " -a '(__fish_complete_directories)'"
        case Kind.FILES:
            return f" -F{f' -a {_word(words)}' if words else ''}"
    return f" -a {_word(words)}" if words else ""


def _word(text: str) -> str:
    r"""A word of fish, whose single quotes know `\\` and `\'`."""
    if text and all(character.isalnum() or character in "_-./:" for character in text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
