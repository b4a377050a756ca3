"""What the simulated model says, and how long its prompts are."""

from __future__ import annotations

import json
from statistics import median

import pytest

from airectl.probing import prompt_files
from airectl.sim import prompts
from airectl.sim.wording import Wanted, answer, gibberish

LONG = Wanted(limit=100_000)


def test_the_same_prompt_and_seed_have_the_same_answer() -> None:
    first, second = (answer(1, "Tell me a story.", LONG, 200) for _ in range(2))
    assert first.text == second.text
    assert first.text != answer(2, "Tell me a story.", LONG, 200).text
    assert first.text != answer(1, "Tell me another.", LONG, 200).text


def test_an_answer_has_as_many_tokens_as_words() -> None:
    said = answer(1, "Tell me a story.", LONG, 200)
    assert len(said.text.split()) == said.tokens


def test_lengths_are_around_the_median() -> None:
    lengths = [answer(0, f"prompt {number}", LONG, 200).tokens for number in range(400)]
    assert 170 < median(lengths) < 230
    assert min(lengths) < 100
    assert max(lengths) > 500


@pytest.mark.parametrize(
    ("wanted", "tokens", "finish"),
    [
        (Wanted(limit=5), 5, "length"),
        (Wanted(limit=5000, whole=True), 5000, "length"),
        (Wanted(limit=5000), 197, "stop"),
    ],
)
def test_a_limit_cuts_an_answer(wanted: Wanted, tokens: int, finish: str) -> None:
    natural = answer(3, "any", LONG, 200).tokens
    said = answer(3, "any", wanted, 200)
    assert said.tokens == (natural if finish == "stop" else tokens)
    assert said.finish == finish
    assert answer(3, "any", LONG, 200).text.startswith(answer(3, "any", Wanted(limit=5), 200).text)


def test_golden_prompts_of_the_probe_have_their_answers() -> None:
    for prompt in prompt_files.shipped():
        assert prompt.text is not None
        assert len(answer(0, prompt.text, LONG, 200).text) < 40, prompt.name
    assert answer(0, "What is 17 + 25? Answer with the number alone.", LONG, 200).text == "42"


def test_gibberish_has_no_words() -> None:
    said = gibberish(answer(0, "What is 17 + 25?", Wanted(limit=50, whole=True), 200))
    assert said.tokens == 50
    assert "42" not in said.text
    assert not any(part.isalpha() and len(part) > 2 for part in said.text.split())


def test_pieces_are_json() -> None:
    said = answer(0, "any", Wanted(limit=300, whole=True), 200)
    for made in (said, gibberish(said)):
        assert "".join(json.loads(made.piece(number)) for number in range(300)) == made.text


def test_a_token_is_four_bytes() -> None:
    assert [prompts.tokens(text) for text in (b"", b"abc", b"abcd", b"abcde")] == [1, 1, 1, 2]


def test_prompts_that_begin_alike_have_the_same_first_keys() -> None:
    same = b"x" * 64
    first, second = prompts.keys(same + b"a" * 70, 16), prompts.keys(same + b"b" * 70, 16)
    assert len(first) == len(second) == 2
    assert (first[0] == second[0], first[1] == second[1]) == (True, False)
    # The same block behind another beginning is another block.
    assert prompts.keys(b"y" * 64 + b"a" * 70, 16)[1] != first[1]


def test_parts_of_a_message_that_are_no_text_are_left_out() -> None:
    parts = [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "what is this"}]
    said = prompts.conversation([{"role": "user", "content": parts}, {"role": "assistant", "content": None}])
    assert said.count("what is this") == 1
