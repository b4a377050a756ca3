import re

import pytest
from report_examples import HOSTILE, empty, finding, hostile, readable, view_of

from airectl.core.report import Code, Lines, Next, Report, Status, Verdict
from airectl.render.measure import width
from airectl.render.text import render

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def of_blocks(*blocks: Verdict | Lines | Code | Next, **options: object) -> str:
    return render(view_of(Report(status=Status.DONE, blocks=blocks), **options))


def test_the_verdict_comes_first_and_what_to_do_last() -> None:
    text = render(view_of(readable()))
    assert text.startswith("FAILED  1 of 5 objectives exhausted")
    assert text.index("2 errors, 2 warnings, 1 info") < text.index("next  airectl budget")
    assert text.rstrip().endswith("--title 'slow first tokens'")


def test_the_aside_stands_at_the_right_edge_where_there_is_room() -> None:
    verdict = Verdict(word="passed", text="fine", aside="28d")
    assert of_blocks(verdict) == "PASSED  fine" + " " * 65 + "28d\n"
    long = Verdict(word="passed", text="fine" * 18, aside="28d to noon")
    assert of_blocks(long) == f"PASSED  {'fine' * 18}  28d to noon\n"
    first, second = of_blocks(long, tty=True).splitlines()
    assert width(first) <= 80
    assert second.endswith("28d to noon")
    assert width(second) == 80


def test_no_line_is_wider_than_the_terminal() -> None:
    for cells in (50, 80, 132):
        lines = render(view_of(readable(), tty=True, width=cells)).splitlines()
        assert max(map(width, lines)) <= cells


def test_a_pipe_gets_no_bars_no_colour_and_whole_lines() -> None:
    text = render(view_of(readable()))
    assert "###" not in text
    assert "\x1b" not in text
    assert text.isascii()
    assert "--to 2026-11-14T04:10Z --title 'slow first tokens'" in text


def test_the_words_say_all_that_colour_says() -> None:
    painted = render(view_of(readable(), tty=True, colour=True))
    assert "\x1b[1;31mFAILED\x1b[0m" in painted
    assert ANSI.sub("", painted) == render(view_of(readable(), tty=True))


def test_a_long_command_can_still_be_pasted() -> None:
    command = "airectl check " + " ".join(f"--slo 'chat/a name {n}'" for n in range(9))
    text = of_blocks(Next(commands=[command]), tty=True)
    assert max(map(width, text.splitlines())) <= 80
    pasted = text.removeprefix("next  ").replace("\\\n", "")
    assert re.sub(r" +", " ", pasted).strip() == command


def test_code_is_shown_as_it_is() -> None:
    assert of_blocks(Code(text="a:\n\n  b: " + "x" * 200 + "\n"), tty=True) == "a:\n\n  b: " + "x" * 200 + "\n"


def test_sentences_under_a_title_are_indented() -> None:
    assert of_blocks(Lines(title="chat", lines=["one", "two"]), Lines(lines=["three"])) == (
        "chat\n    one\n    two\nthree\n"
    )


def test_a_partial_report_says_so() -> None:
    text = render(view_of(Report(status=Status.DONE, blocks=[Verdict(word="done", text="")], partial=True)))
    assert text == "DONE\n\npartial: the run ended before it was complete\n"


def test_nothing_to_say_prints_nothing() -> None:
    assert render(view_of(empty())) == ""


@pytest.mark.parametrize("tty", [True, False])
def test_a_message_cannot_forge_a_line(tty: bool) -> None:
    report = Report(
        status=Status.FAILED, findings=[finding(message="bad\nPASSED  all fine", notes=("x\r\n::error::y",))]
    )
    lines = render(view_of(report, tty=tty)).splitlines()
    assert not any(line.startswith(("PASSED", "::error")) for line in lines)
    assert r"error[AIR014]: bad\nPASSED  all fine" in lines


def test_a_hostile_code_block_stays_on_its_lines() -> None:
    text = of_blocks(Code(text=HOSTILE), tty=True)
    assert r"\x1b]52;c;aGk=\x07" in text
    assert ANSI.search(render(view_of(hostile(), tty=True))) is None
