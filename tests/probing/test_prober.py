"""Golden prompts asked of a server that misbehaves: each failure by its name, and none where all is well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airectl.core.slo import Measure
from airectl.env import Stop
from airectl.errors import UsageError
from airectl.net.credentials import Credentials
from airectl.net.flight import StoppedError
from airectl.net.secret import Secret
from airectl.probing.exchange import Patience
from airectl.probing.golden import Prompt
from airectl.probing.prober import ModelsError, Prober
from airectl.probing.prompt_files import shipped
from airectl.probing.protocols import NAMES
from airectl.probing.reasons import Reason
from inference_server import FAULTS, MODEL, Asked, Reply, inference
from probe_setup import CAPITAL, UNHURRIED, aimed, asked
from prometheus_faults import certificates, closed_port

STREAMING = ("openai", "completions", "ollama")


@pytest.mark.parametrize("protocol", STREAMING)
def test_a_model_in_order_passes_every_shipped_prompt(protocol: str) -> None:
    with inference() as server:
        found = asked(server.url, *shipped(), protocol=protocol)
    assert [(each.prompt.name, each.right, each.failure) for each in found] == [
        (name, True, None) for name in ("arithmetic", "capital", "echo", "json")
    ]
    assert len(server.posts) == 4


@pytest.mark.parametrize("protocol", STREAMING)
def test_times_are_those_of_the_content(protocol: str) -> None:
    reply = Reply(text="It is Paris, of course", first_s=0.05, gap_s=0.02)
    with inference(reply) as server:
        (found,) = asked(server.url, protocol=protocol)
    answer = found.completion
    assert answer is not None
    assert answer.ttft_s is not None
    assert answer.e2e_s is not None
    assert found.connect_s is not None
    # The server waits at least so long; it may take longer.
    assert answer.ttft_s >= 0.05
    assert len(answer.gaps_s) == 4
    assert answer.e2e_s >= answer.ttft_s + 0.06
    assert answer.output_tokens == 5
    assert answer.model == MODEL


CAME: dict[str, Reason] = {
    "hang_up": Reason.RESET,
    "silent": Reason.FIRST_TOKEN_TIMEOUT,
    "late": Reason.FIRST_TOKEN_TIMEOUT,
    "stall": Reason.STALL,
    "truncate": Reason.TRUNCATED,
    "cut": Reason.RESET,
    "reset": Reason.RESET,
    "malformed": Reason.MALFORMED,
    "error": Reason.ERROR_PAYLOAD,
    "empty": Reason.EMPTY,
    "html": Reason.MALFORMED,
    "flood": Reason.TOO_LARGE,
}


def test_every_fault_of_the_server_is_known() -> None:
    assert set(CAME) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("protocol", STREAMING)
def test_each_fault_behind_a_status_200_has_its_name(fault: str, protocol: str) -> None:
    hurried = {
        Reason.FIRST_TOKEN_TIMEOUT: replace(UNHURRIED, first_token_s=0.4), Reason.STALL: replace(UNHURRIED, stall_s=0.4)
    }  # fmt: skip
    with inference(Reply(fault=fault)) as server:
        (found,) = asked(server.url, protocol=protocol, patience=hurried.get(CAME[fault], UNHURRIED))
    assert found.failure is not None
    assert found.failure.reason is CAME[fault]
    assert found.right is None
    assert found.failure.said
    assert found.failure.help


@pytest.mark.parametrize(
    ("reply", "reason", "said"),
    [
        (Reply(status=401, body={"error": {"message": "no key"}}), Reason.DENIED, "401 Unauthorized: no key"),
        (Reply(status=403, body=""), Reason.DENIED, "403 Forbidden"),
        (Reply(status=404, body={"detail": "no such model"}), Reason.HTTP_4XX, "404 Not Found: no such model"),
        (Reply(status=429, body="slow down"), Reason.RATE_LIMITED, "429 Too Many Requests: slow down"),
        (Reply(status=503, body={"message": "loading"}), Reason.HTTP_5XX, "503 Service Unavailable: loading"),
        (Reply(status=599, body=""), Reason.HTTP_5XX, "599"),
        (Reply(status=500, body=[1, 2]), Reason.HTTP_5XX, "500 Internal Server Error: [1, 2]"),
        (
            Reply(status=502, body="<html>" + "x" * 900, headers={"Content-Type": "text/html"}),
            Reason.HTTP_5XX, "502 Bad Gateway: a web page",
        ),
        (
            Reply(status=307, body="", headers={"Location": "https://evil.example.com/?token=hunter2"}),
            Reason.HTTP_OTHER, "307 Temporary Redirect, a redirect to https://evil.example.com",
        ),
        (Reply(status=204, body=""), Reason.HTTP_OTHER, "204 No Content"),
    ],
)  # fmt: skip
def test_a_status_is_told_with_what_the_server_says(reply: Reply, reason: Reason, said: str) -> None:
    with inference(reply) as server:
        (found,) = asked(server.url)
    assert found.failure is not None
    assert (found.failure.reason, found.failure.said) == (reason, said)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "no memory"}}, Reason.ERROR_PAYLOAD),
        ({"error": "no memory"}, Reason.ERROR_PAYLOAD),
        ({"choices": [{"message": {"content": "Paris"}}]}, Reason.MALFORMED),
        ("Paris", Reason.MALFORMED),
        ("", Reason.MALFORMED),
    ],
)
def test_json_in_place_of_a_stream(body: Any, reason: Reason) -> None:
    with inference(Reply(body=body)) as server:
        (found,) = asked(server.url)
    assert found.failure is not None
    assert found.failure.reason is reason
    assert "no memory" in found.failure.said or reason is Reason.MALFORMED


def test_gibberish_and_what_came_instead() -> None:
    with inference(Reply(text="\x1b[2J" + "!!! ~~~ " * 500)) as server:
        (found,) = asked(server.url)
    assert found.right is False
    assert found.failure is not None
    assert found.failure.reason is Reason.MISMATCH
    assert found.failure.said.startswith("wanted `Paris` in it, got `")
    assert len(found.failure.said) < 200


@pytest.mark.parametrize(
    ("reply", "response_model", "reason"),
    [
        (Reply(model="llama-3.2-1b"), "", Reason.WRONG_MODEL),
        (Reply(model=""), "", None),
        (Reply(model="llama-2026-11"), "llama-2026-11", None),
        (Reply(), "llama-2026-11", Reason.WRONG_MODEL),
        (Reply(finish="length"), "", Reason.TOKEN_LIMIT),
        (Reply(finish="length", text="Well"), "", Reason.MISMATCH),
        (Reply(model="other", text="gibberish"), "", Reason.WRONG_MODEL),
    ],
)
def test_the_model_and_the_end_of_an_answer(reply: Reply, response_model: str, reason: Reason | None) -> None:
    with inference(reply) as server:
        (found,) = asked(server.url, response_model=response_model)
    assert (found.failure.reason if found.failure else None) is reason


def test_an_answer_is_complete_though_nobody_ends_the_stream() -> None:
    with inference(Reply(left_open=True)) as server:
        (found,) = asked(server.url, patience=replace(UNHURRIED, stall_s=2))
    assert found.failure is None
    assert found.right is True


def test_what_a_model_thinks_is_a_token_and_no_answer() -> None:
    with inference(Reply(text="London", reasoning="Paris? No")) as server:
        (found,) = asked(server.url)
    assert found.completion is not None
    assert found.completion.reasoning == "Paris? No"
    assert found.failure is not None
    assert found.failure.reason is Reason.MISMATCH


def test_a_server_that_is_not_there_is_asked_once() -> None:
    found = asked(f"http://127.0.0.1:{closed_port()}", *shipped())
    assert [each.asked for each in found] == [True, False, False, False]
    assert found[0].failure is not None
    assert found[0].failure.reason is Reason.CONNECT


def test_a_server_that_is_not_trusted(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    with inference(tls=made.serving()) as server:
        (found,) = asked(server.url)
        (trusted,) = asked(server.url, credentials=Credentials(ca_file=made.file("authority.pem")))
    assert found.failure is not None
    assert found.failure.reason is Reason.TLS
    assert "not trusted" in found.failure.said
    assert trusted.failure is None


def test_tls_where_none_is_spoken() -> None:
    with inference() as server:
        (found,) = asked(server.url.replace("http://", "https://"))
    assert found.failure is not None
    assert found.failure.reason is Reason.TLS


def test_all_of_it_in_time() -> None:
    patience = Patience(connect_s=5, first_token_s=5, stall_s=5, total_s=0.3)
    with inference(Reply(text="word " * 200, gap_s=0.05)) as server:
        (found,) = asked(server.url, patience=patience)
    assert found.failure is not None
    assert found.failure.reason is Reason.TIMEOUT


def test_a_secret_that_the_server_repeats_is_not_shown() -> None:
    def echo(given: Asked) -> Reply:
        said = f"your key is {given.headers['authorization']}"
        return Reply(status=401, body=said) if "refuse" in given.prompt else Reply(text=said, model=said)

    refuse = replace(CAPITAL, name="refuse", messages=[{"role": "user", "content": "refuse"}])
    with inference(echo) as server:
        found = asked(server.url, CAPITAL, refuse, credentials=Credentials(token=Secret("t0ken-of-ours")))
    assert server.asked[0].headers["authorization"] == "Bearer t0ken-of-ours"
    assert "your key is" in str(found)
    assert "t0ken-of-ours" not in str(found)


def test_the_user_ends_a_round() -> None:
    stop = Stop()
    with stop.watched(), inference(Reply(fault="silent")) as server:
        stop.request(2)
        with pytest.raises(StoppedError):
            list(Prober(aimed(server.url), UNHURRIED, stop).round([CAPITAL]))


def test_the_only_model_is_found() -> None:
    for protocol in STREAMING:
        with inference() as server:
            prober = Prober(aimed(server.url, model="", protocol=protocol), UNHURRIED, Stop())
            prober.find_model()
        assert prober.model == MODEL


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (["a", "b"], "the server has 2 models: `a`, `b`"),
        ([], "the server names no model"),
        (None, "the server names no model"),
    ],
)
def test_a_model_has_to_be_named_where_there_is_not_one(models: list[str] | None, said: str) -> None:
    with inference(models=models) as server, pytest.raises(UsageError, match=said):
        Prober(aimed(server.url, model=""), UNHURRIED, Stop()).find_model()


def test_a_server_that_cannot_be_asked_for_its_models() -> None:
    with pytest.raises(ModelsError) as caught:
        Prober(aimed(f"http://127.0.0.1:{closed_port()}", model=""), UNHURRIED, Stop()).find_model()
    assert caught.value.failure.reason is Reason.CONNECT


def test_no_model_is_asked_for_over_plain_http() -> None:
    with inference() as server:
        prober = Prober(aimed(server.url, model="", protocol="http"), UNHURRIED, Stop())
        prober.find_model()
        assert server.asked == []
        with pytest.raises(UsageError, match="--model means nothing"):
            Prober(aimed(server.url, protocol="http"), UNHURRIED, Stop()).check([CAPITAL])


@pytest.mark.parametrize("protocol", NAMES)
def test_what_a_protocol_cannot_ask_is_said_before(protocol: str) -> None:
    chat = Prompt(name="chat", messages=[{"role": "system", "content": "a"}, {"role": "user", "content": "b"}])
    body = Prompt(name="body", body={"text": "a"})
    prober = Prober(aimed("http://127.0.0.1:1", protocol=protocol, model=""), UNHURRIED, Stop())
    refused = {"openai": [body], "ollama": [body], "completions": [chat, body], "http": []}[protocol]
    for prompt in (chat, body):
        if prompt in refused:
            with pytest.raises(UsageError, match=f"the prompt `{prompt.name}` has"):
                prober.check([prompt])
        else:
            prober.check([prompt])


def test_a_classifier() -> None:
    def classify(given: Asked) -> Reply:
        return Reply(status=422, body={"detail": "?"}) if "broken" in given.prompt else Reply(body={"label": "spam"})

    spam = replace(CAPITAL, name="spam", messages=(), body={"text": "You have won!"}, expect=None)
    broken = replace(spam, name="broken", body="broken", status=422)
    wrong = replace(spam, name="wrong", body="broken")
    with inference(classify) as server:
        found = asked(f"{server.url}/classify", spam, broken, wrong, protocol="http", model="")
    assert [each.failure and each.failure.reason for each in found] == [None, None, Reason.HTTP_4XX]
    assert found[0].completion is not None
    assert found[0].completion.text == '{"label": "spam"}'
    assert found[0].completion.ttft_s is None
    assert found[0].completion.e2e_s is not None
    assert [each.path for each in server.asked] == ["/classify"] * 3
    assert server.asked[0].body == {"text": "You have won!"}


def test_each_reason_has_one_code_and_one_measure() -> None:
    for reason in Reason:
        assert reason.code in {f"AIR13{n}" for n in range(1, 8)}
        assert reason.measure in (Measure.AVAILABILITY, Measure.COMPLETENESS, Measure.QUALITY)
        assert reason.words
