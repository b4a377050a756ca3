"""Sources from variables: which table and key a variable is, and that the secret stays where it is."""

import pytest

from airectl.core.source_variables import PROBES, VariableError, laid_over

TABLES = {"prod": {"url": "https://a", "token_file": "t"}, "team-a.eu": {"url": "https://b"}}


def test_a_variable_comes_before_the_file() -> None:
    found = laid_over(TABLES, {"AIRECTL_SOURCES_PROD_URL": "https://c", "OTHER": "x"})
    assert found == {**TABLES, "prod": {"url": "https://c", "token_file": "t"}}
    assert TABLES["prod"]["url"] == "https://a"


def test_a_table_of_a_name_with_other_characters() -> None:
    assert laid_over(TABLES, {"AIRECTL_SOURCES_TEAM_A_EU_TENANT": "a"})["team-a.eu"]["tenant"] == "a"


def test_a_source_that_no_file_knows() -> None:
    environ = {"AIRECTL_SOURCES_CI_URL": "https://c", "AIRECTL_SOURCES_CI_TYPE": "Thanos"}
    assert laid_over({}, environ) == {"ci": {"url": "https://c", "type": "Thanos"}}


def test_of_a_secret_the_table_knows_the_variable_alone() -> None:
    found = laid_over(TABLES, {"AIRECTL_SOURCES_PROD_TOKEN": "hunter2", "AIRECTL_SOURCES_X_PASSWORD": "hunter3"})
    assert found["prod"] == {"url": "https://a", "token_env": "AIRECTL_SOURCES_PROD_TOKEN"}
    assert found["x"] == {"password_env": "AIRECTL_SOURCES_X_PASSWORD"}
    assert "hunter" not in str(found)


def test_a_file_in_a_variable_takes_the_place_of_a_variable_in_the_file() -> None:
    found = laid_over({"p": {"token_env": "T"}}, {"AIRECTL_SOURCES_P_TOKEN_FILE": "/run/token"})
    assert found == {"p": {"token_file": "/run/token"}}


@pytest.mark.parametrize("name", ["AIRECTL_SOURCES_PROD", "AIRECTL_SOURCES_URL", "AIRECTL_SOURCES_PROD_COLOUR"])
def test_what_no_source_has_is_told(name: str) -> None:
    with pytest.raises(VariableError, match=f"{name} is no setting of a source"):
        laid_over({}, {name: "x"})


def test_probes_have_variables_of_their_own() -> None:
    environ = {
        "AIRECTL_PROBES_CHAT_URL": "https://c",
        "AIRECTL_PROBES_CHAT_TOKEN": "hunter2",
        "AIRECTL_PROBES_CHAT_RESPONSE_MODEL": "m-2026",
        "AIRECTL_SOURCES_CHAT_URL": "https://s",
    }
    assert laid_over({"chat": {"protocol": "ollama"}}, environ, PROBES) == {
        "chat": {
            "url": "https://c", "token_env": "AIRECTL_PROBES_CHAT_TOKEN", "response_model": "m-2026",
            "protocol": "ollama",
        },
    }  # fmt: skip
    with pytest.raises(VariableError, match="AIRECTL_PROBES_CHAT_TENANT is no setting of a probe"):
        laid_over({}, {"AIRECTL_PROBES_CHAT_TENANT": "x"}, PROBES)
