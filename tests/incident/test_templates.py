"""Templates of postmortems: the shipped ones, own ones, and those that try to do harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from airectl.core.findings import Finding
from airectl.core.incident import sections
from airectl.core.incident.blanks import blanks
from airectl.errors import UsageError
from airectl.incident import classes
from airectl.incident.context import context
from airectl.incident.facts import Facts, Markup
from airectl.incident.templates import folder, rendering
from airectl.render import cells, markdown

MARKUP: Final = Markup(prose=markdown.prose, code=markdown.code, cell=markdown.in_table, figure=cells.shown)


def names(kind: str = "") -> dict[str, Any]:
    """What a template is given of an incident that nothing is known of."""
    found = Facts(
        start=datetime(2026, 11, 14, 2, tzinfo=UTC),
        end=datetime(2026, 11, 14, 5, tzinfo=UTC),
        id="2026-11-14-x",
        class_=classes.shipped()[kind] if kind else None,
        command="airectl postmortem new",
    )
    return context(found, MARKUP, {"burn": "x-burn.svg"})


def rendered(text: str, cwd: Path, **more: str) -> str | Finding:
    """A template of its own folder."""
    for name, each in {"own.md.j2": text, **{key.replace("_", "."): value for key, value in more.items()}}.items():
        (cwd / name).write_text(each, "utf-8")
    return rendering.rendered(folder.find("own.md.j2", "", cwd), names())


@pytest.mark.parametrize("template", sections.TEMPLATES)
def test_a_shipped_template_has_its_sections_and_asks(template: str) -> None:
    for kind in ("", "kv-cache-thrash"):
        text = rendering.rendered(folder.shipped(template), names(kind))
        assert isinstance(text, str)
        headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
        wanted = [sections.TITLES[key] for key in sections.required(template)]
        assert [each for each in headings if each in wanted] == wanted
        asked = [each.question for each in blanks(text)]
        assert len(asked) >= 10
        if kind and template != "short":
            own = [q for qs in classes.shipped()[kind].questions.values() for q in qs]
            assert set(own) <= set(asked)


def test_templates_differ_by_what_they_are_for() -> None:
    texts = {name: rendering.rendered(folder.shipped(name), names("drift")) for name in sections.TEMPLATES}
    for name, word in (("ai-quality", "### Evals"), ("capacity", "### Demand and"), ("hardware", "### Devices"),
                       ("vendor", "### The vendor")):  # fmt: skip
        assert [each for each, text in texts.items() if word in str(text)] == [name]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("\n{{ ''.__class__ }}", "AIR603", 2),
        ("{{ ''|attr('__class__') }}", "AIR603", 1),
        ("{{ title.__init__.__globals__ }}", "AIR603", 1),
        ("{{ cycler.__init__.__globals__.os }}", "AIR603", 1),
        ("{{ '{0.__class__}'.format(title) }}", "AIR603", 1),
        ("{% set _ = questions.update({'a': 1}) %}", "AIR603", 1),
        ("{% include '../secret.md' %}", "AIR603", 1),
        ("{% include '/etc/passwd' %}", "AIR603", 1),
        ("{% include 'a/../../secret.md' %}", "AIR603", 1),
        ("{{ 'a' * 10**9 }}", "AIR604", 1),
        ("{{ 'a' * (10**9) }}", "AIR604", 1),
        ("{{ [0] * 10**8 }}", "AIR604", 1),
        ("{{ 9**(9**9) }}", "AIR604", 1),
        ("{{ 'x'|center(10**9) }}", "AIR604", 1),
        ("{{ '%1000000000d'|format(1) }}", "AIR604", 1),
        ("{{ '{:>1000000000}'.format(1) }}", "AIR604", 1),
        ("{{ range(10**9)|list }}", "AIR604", 1),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "AIR604", 1),
        ("{% for i in range(99999) %}{{ 'a' * 1000 }}{% endfor %}", "AIR604", 0),
        ("{% set n = namespace(s='aa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}", "AIR604", 1),
        ("{% include 'own.md.j2' %}", "AIR604", 1),
        ("\n\n  {{ nobody }}", "AIR602", 3),
        ("{% if title %}{{ title.nothing }}{% endif %}{{ class.nothing }}", "AIR602", 1),
        ("{{ 1 / 0 }}", "AIR602", 1),
        ("{% include 'absent.md' %}", "AIR602", 1),
        ("a\n{% if %}", "AIR601", 2),
        ("{{ title }", "AIR601", 1),
        ("{% nonsense %}", "AIR601", 1),
    ],
)
def test_what_a_template_may_not_do_is_a_finding_at_its_line(text: str, code: str, line: int, tmp_path: Path) -> None:
    cwd = tmp_path / "inner"
    cwd.mkdir()
    (tmp_path / "secret.md").write_text("the secret")
    found = rendered(text, cwd)
    assert isinstance(found, Finding), found
    assert (found.code, found.at and found.at.path, found.at and found.at.line) == (code, "own.md.j2", line)
    assert found.help
    assert "secret.md" not in found.message or "no `" in found.message


def test_a_loop_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "CPU_S", 1)
    loops = "{% for i in range(99999) %}" * 3 + "{% endfor %}" * 3
    found = rendered(loops, tmp_path)
    assert isinstance(found, Finding)
    assert found.code == "AIR604"
    assert "processor time" in found.message


def test_a_child_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "WAIT_S", 0.001)
    found = rendered("x", tmp_path)
    assert isinstance(found, Finding)
    assert found.code == "AIR604"


def test_files_of_the_folder_can_be_included_and_are_named_in_findings(tmp_path: Path) -> None:
    text = "{% include 'part.md' %}{% import 'airectl/_parts.md.j2' as part with context %}{{ part.impact() }}"
    found = rendered(text, tmp_path, part_md="From {{ start }}.\n")
    assert isinstance(found, str)
    assert found.startswith("From 2026-11-14 02:00:00Z.\n## Impact\n")
    wrong = rendered("{% include 'part.md' %}", tmp_path, part_md="\n{{ nobody }}\n")
    assert isinstance(wrong, Finding)
    assert str(wrong.at) == "part.md:2:1"
    assert wrong.excerpt == "{{ nobody }}"


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.md").write_text("the secret")
    (inner / "part.md").symlink_to(tmp_path / "secret.md")
    found = rendered("{% include 'part.md' %}", inner)
    assert isinstance(found, Finding)
    assert (found.code, str(found.at)) == ("AIR603", "part.md")


def test_a_template_of_the_folder_of_the_settings_comes_before_a_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    (own / "short.md.j2").write_text("own\n")
    found = folder.find("short", "mine", tmp_path)
    assert (found.called, rendering.rendered(found, names())) == ("short", "own\n")
    assert folder.find("full", "mine", tmp_path).name == "airectl/full.md.j2"
    with pytest.raises(UsageError, match="no template is called `long`"):
        folder.find("long", "mine", tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 300_000], ids=["no UTF-8", "too large"])
def test_a_template_that_cannot_be_read_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "own.md").write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot read the template own\.md"):
        folder.find("own.md", "", tmp_path)
