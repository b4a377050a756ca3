"""Lines of runbooks and pages: what is seen to be wrong in them before anybody types them."""

import pytest

from airectl.core.command_tree import mistake
from airectl.registry import COMMANDS, Group, tree

TREE = tree()


@pytest.mark.parametrize(
    "line",
    [
        "airectl --help",
        "airectl check",
        "airectl check slo-specs other.yaml -o json -o junit=slo.xml  # in CI",
        "airectl check -ojson --at=2026-11-09 -- -odd-name.yaml",
        "airectl budget --slo chat/ttft --explain",
        "airectl rules slo-specs --out rules",
        "airectl rules generate slo-specs --out rules",
        "airectl rules diff old new",
        "airectl simulate",
        "airectl simulate --golden",
        "airectl explain metric vllm:num_requests_running",
        "airectl schema -h",
        "airectl probe http://<pod>:8000",
    ],
)
def test_what_can_be_typed(line: str) -> None:
    assert mistake(TREE, line) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("airectl budgt", "there is no command `budgt`; did you mean `budget`?"),
        ("airectl cache shw", "there is no command `shw`; did you mean `show`?"),
        ("airectl check --sls chat", "there is no option `--sls`; did you mean `--slo`?"),
        ("airectl check -x", "there is no option `-x`"),
        ("airectl check --slo", "`--slo` has no value"),
        ("airectl probe", "`URL|NAME` is missing"),
        ("airectl schema short long", "it takes 1 argument, not 2"),
        ("airectl cache show all", "it takes no arguments, not 1"),
        ("airectl check 'a", "it does not read as a command: no closing quotation"),
    ],
)
def test_what_cannot(line: str, said: str) -> None:
    assert mistake(TREE, line) == said


def test_the_tree_has_every_command_with_what_it_takes() -> None:
    paths = [each.path for each in TREE.every()]
    for name, entry in COMMANDS.items():
        assert name in paths
        if isinstance(entry, Group):
            assert {f"{name} {below}" for below in entry.entries} <= set(paths)
    for each in TREE.every():
        assert each.help
        assert each.commands or {"-h", "-o", "--color"} <= {name for option in each.options for name in option.names}
