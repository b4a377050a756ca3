"""Action items and sentences are judged as people judge them."""

from __future__ import annotations

import judged_phrases as judged
import pytest

from airectl.incident.actionable import why_not
from airectl.incident.blame import blames
from airectl.incident.lint.language import outages


def test_there_are_enough_of_them() -> None:
    assert len(judged.ACTION_PAIRS) >= 20
    assert len(judged.BLAMEFUL) - len(judged.PLANNED_BLAMEFUL) >= 20
    assert len(judged.BLAMELESS) >= 20


@pytest.mark.parametrize("text", judged.GOOD_ACTIONS)
def test_an_action_that_can_be_done_is_left_alone(text: str) -> None:
    assert why_not(text) == ""


@pytest.mark.parametrize("text", judged.BAD_ACTIONS)
def test_an_action_of_which_nobody_can_say_when_it_is_done_is_told(text: str) -> None:
    assert why_not(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it says nothing"),
        ("Fix it", "it does not say enough to know when it is done"),
        ("Maybe alert on drift", "`Maybe` leaves open whether it is done"),
        ("Look into OOM kills", "nobody can say when `Look` is done"),
        ("Better documentation", "it does not begin with a verb that says what is done, but with `Better`"),
        ("Make the gateway more robust", "it does not say how much is enough"),
        ("Add alerts as needed", "it does not say where it ends"),
    ],
)
def test_the_reason_is_said(text: str, reason: str) -> None:
    assert why_not(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] Add an alert when the queue holds more than 100 requests",
        "[x] Add an alert when the queue holds more than 100 requests",
        "**Add** an alert when the queue holds more than 100 requests",
        "`Add` an alert when it might fail for 5 minutes",
        "Vendor the tokenizer of the model into the image",
        "Please add an alert for a queue of more than 100 requests",
    ],
)
def test_marks_and_courtesy_are_no_matter(text: str) -> None:
    assert why_not(text) == ""


@pytest.mark.parametrize("text", judged.BLAMEFUL)
def test_blame_is_seen(text: str) -> None:
    assert list(blames(text))


@pytest.mark.parametrize("text", [each for each in judged.BLAMELESS if not each.startswith(">")])
def test_innocence_is_left_alone(text: str) -> None:
    assert [each.said for each in blames(text)] == []


@pytest.mark.parametrize(
    ("text", "said", "person"),
    [
        ("It was human error, again.", "human error", ""),
        ("The engineer should have known that.", "engineer should have known", ""),
        ("Then John Miller forgot the flag.", "John Miller forgot", "John Miller"),
        ("@jdoe misconfigured the router.", "@jdoe misconfigured", "@jdoe"),
    ],
)
def test_what_is_blamed_is_marked(text: str, said: str, person: str) -> None:
    (found,) = blames(text)
    assert (found.said, found.person) == (said, person)
    assert text[found.start : found.end] == said


def test_people_whom_the_document_names_are_known() -> None:
    assert [each.person for each in blames("Quill Ndlovu broke the router.", ["Quill Ndlovu"])] == ["Quill Ndlovu"]
    assert list(blames("Quill Ndlovu broke the router.")) == []


@pytest.mark.parametrize(
    "text",
    [
        "The on-call engineer should not have been paged for this.",
        "cert-manager failed to renew the certificate.",
        "The certificate manager failed to renew.",
        "The package manager ignored the pin.",
        "We did not test failover.",
        "The Flux operators failed to start.",
        "The human-error rate stayed as it was.",
        "A user error message was shown in French.",
        "See <https://example.com/the-engineer-forgot>.",
    ],
)
def test_more_innocence(text: str) -> None:
    assert [each.said for each in blames(text)] == []


@pytest.mark.parametrize("text", judged.PARTIAL_CALLED_OUTAGE)
def test_an_outage_that_was_partial_is_told(text: str) -> None:
    assert list(outages(text))


@pytest.mark.parametrize("text", judged.PARTIAL_NOT_CALLED_OUTAGE)
def test_a_denied_or_foreign_outage_is_none_of_ours(text: str) -> None:
    assert list(outages(text)) == []
