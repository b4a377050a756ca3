"""Settings: which file is read, what its paths mean, and where a mistake is said to be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from airectl import config
from airectl import env as environment
from airectl.config import Config
from airectl.errors import ConfigError

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(folder: str = ".", **environ: str) -> Config:
        return config.load(replace(environment.from_process(), cwd=tmp_path / folder, environ=environ))

    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    return run


def test_paths_in_a_file_above_are_relative_to_it(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text('specs = ["slo", "/abs", "*.yaml"]')
    assert load().beside("specs", tmp_path) == ["slo", "/abs", "*.yaml"]
    assert load("sub").beside("specs", tmp_path / "sub") == ["../slo", "/abs", "../*.yaml"]


def test_paths_in_a_variable_are_relative_to_the_working_folder(load: Load, tmp_path: Path) -> None:
    assert load("sub", AIRECTL_SPECS="a,b").beside("specs", tmp_path / "sub") == ["a", "b"]
    (tmp_path / "airectl.toml").write_text('specs = ["slo"]')
    assert load("sub", AIRECTL_SPECS="a,b").beside("specs", tmp_path / "sub") == ["a", "b"]


@pytest.mark.parametrize("text", ["tool = 5", "[tool]\nother = 1", "[project]\nname = 'x'"])
def test_a_pyproject_without_the_table_is_passed_over(text: str, load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text("fail_on = 'warning'")
    (tmp_path / "sub" / "pyproject.toml").write_text(text)
    assert load("sub").get("fail_on") == "warning"


def test_a_table_that_is_none_says_so(load: Load, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nairectl = 3")
    with pytest.raises(ConfigError, match=r"`tool\.airectl` must be a table"):
        load()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[tool.x]\noutput = 1\n\n[tool.airectl]  # ours\noutput = 5", "pyproject.toml:5: "),
        ("[tool.airectl]\n'output' = 5\n[z]\noutput = 1", "pyproject.toml: "),
        ("tool.airectl.output = 5", "pyproject.toml: "),
    ],
)
def test_a_mistake_has_the_line_of_its_own_table(text: str, place: str, load: Load, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError, match=f"{place}`output` must be a list of texts, got `5`"):
        load()


POLICIES = """\
# policies
[policies.strict]
max_burn = { factor = 14.4, over = "1h" }

[[exclusions]]
from = 2026-12-01T22:00:00Z
to = 2026-12-02T02:00:00+00:00
reason = "new switches"
"""


def test_policies_and_exclusions_are_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text(POLICIES)
    agreed = load().agreed
    assert list(agreed.policies) == ["strict"]
    assert [each.reason for each in agreed.exclusions] == ["new switches"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("policies = 3", "airectl.toml: `policies` must hold one table a policy"),
        (
            POLICIES.replace("factor", "facter"),
            "airectl.toml:2: `policies.strict`: `max_burn` must not hold `facter`: did you mean `factor`?",
        ),
        (POLICIES.replace("reason", "why"), "airectl.toml:5: `exclusions`: it must not hold `why`: it takes from"),
        (
            POLICIES + "[[exclusions]]\nfrom = 2026-01-01\n",
            "airectl.toml:9: `exclusions`: `from` must be a time with its zone",
        ),
        ("exclusions = [3]", "airectl.toml: `exclusions`: it must be a table with from, to"),
    ],
)
def test_a_mistake_in_a_policy_or_exclusion_has_its_table(text: str, message: str, load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(message)


def test_tables_of_a_pyproject_have_their_lines_too(load: Load, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n\n[tool.airectl.policies.a]\nx = 1\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:4: `policies\.a`: it must not hold `x`"):
        load()


def test_a_misspelt_table_is_no_setting(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text("[policy.strict]\n")
    with pytest.raises(ConfigError, match="unknown setting `policy`") as caught:
        load()
    assert caught.value.help == "did you mean `policies`?"


def test_a_source_may_come_from_variables(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text('[sources.prod]\nurl = "https://a"\n')
    found = load("sub", AIRECTL_SOURCES_PROD_CLIENT_CERT="own.pem", AIRECTL_SOURCES_PROD_CA_FILE="~/ca.pem")
    assert found.sources["prod"] == {
        "url": "https://a",
        "client_cert": str(tmp_path / "sub" / "own.pem"),
        "ca_file": "~/ca.pem",
    }


def test_a_variable_that_no_source_has_is_told(load: Load) -> None:
    with pytest.raises(ConfigError, match="AIRECTL_SOURCES_PROD_TOKNE is no setting of a source"):
        load(AIRECTL_SOURCES_PROD_TOKNE="x")


def test_probes_are_tables_like_sources(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text('[probes.chat]\nurl = "http://a"\n')
    found = load(AIRECTL_PROBES_CHAT_MODEL="llama")
    assert found.probes == {"chat": {"url": "http://a", "model": "llama"}}
    assert found.sources == {}
    (tmp_path / "airectl.toml").write_text('probes = "http://a"\n')
    with pytest.raises(ConfigError, match="`probes` must hold one table a probe"):
        load()


LOADTEST = """\
fail_on = "never"

[loadtest]
allow = ["staging.example.com", "*.test.example.com", "10.0.0.0/8", "2001:db8::1"]
max_rate = 50
max_duration = "30m"
max_requests = 100_000
"""


def test_bounds_of_load_tests_are_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text(LOADTEST)
    bounds = load().loadtest
    assert (bounds.max_rate_rps, bounds.max_duration_s, bounds.max_requests) == (50, 1800, 100_000)
    assert len(bounds.allow) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_rate = 50", "max_rat = 50", "airectl.toml:5: `loadtest` must not hold `max_rat`: did you mean"),
        ("max_rate = 50", "max_rate = 0", "airectl.toml:5: `loadtest` has a `max_rate` that must be a number above 0"),
        ("max_rate = 50", "max_rate = true", "airectl.toml:5: `loadtest` has a `max_rate` that"),
        ("max_rate = 50", "max_rate = nan", "airectl.toml:5: `loadtest` has a `max_rate` that"),
        ("100_000", "1.5", "airectl.toml:7: `loadtest` has a `max_requests` that must be a whole number above 0"),
        ('"30m"', "30", "airectl.toml:6: `loadtest` has a `max_duration` that must be a time with its unit"),
        ('"30m"', '"0s"', "airectl.toml:6: `loadtest` has a `max_duration` that"),
        ('"10.0.0.0/8"', '"https://a"', "airectl.toml:4: `loadtest` has an `allow` that must be a list of hosts"),
        ('"10.0.0.0/8"', '"*"', "airectl.toml:4: `loadtest` has an `allow` that must be a list of hosts"),
        ('"10.0.0.0/8"', "7", "airectl.toml:4: `loadtest` has an `allow` that must be a list of hosts"),
    ],
)
def test_a_mistake_in_the_bounds_has_its_line(old: str, new: str, message: str, load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text(LOADTEST.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(message)
    (tmp_path / "airectl.toml").write_text("loadtest = 3")
    with pytest.raises(ConfigError, match=r"airectl\.toml: `loadtest` must be a table"):
        load()


def test_a_part_has_settings_of_its_own(load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text("[runbooks]\npath = 'docs/runbooks'\nurl = 'https://example.com/r'")
    found = load("sub")
    assert found.beside("runbooks.path", tmp_path / "sub") == ["../docs/runbooks"]
    assert found.get("runbooks.url") == "https://example.com/r"
    assert found.get("postmortems.path") == ()
    assert load("sub", AIRECTL_RUNBOOKS_PATH="r").beside("runbooks.path", tmp_path / "sub") == ["r"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runbooks = 'docs'", "`runbooks` must be a table"),
        ("fail_on = 'error'\n[runbooks]\npath = 5", r"airectl\.toml:3: `runbooks\.path` must be a text"),
        ("[postmortems]\npth = 'x'", r"airectl\.toml:2: unknown setting `postmortems\.pth`"),
    ],
)
def test_a_mistake_in_a_part_has_its_line(text: str, message: str, load: Load, tmp_path: Path) -> None:
    (tmp_path / "airectl.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load()
