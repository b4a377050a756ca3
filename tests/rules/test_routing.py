"""Every alert finds its targets through the first route that matches, and no other does."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from airectl.rules.routing import Notice, Route, merged, routes
from notices import notice, target

PAGER, BOARD, MAIL = target("on-call", "pagerduty"), target("board", "slack"), target("mail", "email", "a@example.com")


def taken(planned: Sequence[Route], alert: Notice) -> Route | None:
    """The first route that matches, as Alertmanager goes through them."""
    for route in planned:
        if (
            (route.service, route.severity) == (alert.service, alert.severity)
            and alert.sloth_id in (route.sloth_ids or (alert.sloth_id,))
            and alert.alert in (route.alerts or (alert.alert,))
        ):
            return route
    return None


def test_one_route_for_a_service_whose_pages_all_go_to_one_place() -> None:
    (route,) = routes([notice("chat/a", "page", PAGER), notice("chat/b", "page", PAGER)])
    assert (route.service, route.severity, route.sloth_ids, route.alerts) == ("chat", "page", (), ())


def test_slos_that_go_elsewhere_are_named() -> None:
    alerts = [notice("chat/a", "page", PAGER), notice("chat/b", "page", BOARD), notice("chat/c", "page", BOARD)]
    assert [(route.sloth_ids, route.targets) for route in routes(alerts)] == [
        (("chat-a",), (PAGER,)),
        (("chat-b", "chat-c"), (BOARD,)),
    ]


def test_alerts_of_one_slo_that_go_elsewhere_are_named() -> None:
    alerts = [notice("chat/a", "page", PAGER, alert="Burns"), notice("chat/a", "page", BOARD, alert="Gone")]
    assert [(route.sloth_ids, route.alerts) for route in routes(alerts)] == [
        (("chat-a",), ("Burns",)),
        (("chat-a",), ("Gone",)),
    ]


def test_an_alert_without_targets_has_no_route_and_falls_into_none() -> None:
    alerts = [notice("chat/a", "page", PAGER), notice("chat/b", "page")]
    planned = routes(alerts)
    assert taken(planned, alerts[0]) is not None
    assert taken(planned, alerts[1]) is None


def test_two_policies_of_one_alert_reach_the_targets_of_both() -> None:
    (one,) = merged(
        [notice("chat/a", "page", PAGER, resolved=False), notice("chat/a", "page", PAGER, BOARD, resolved=True)]
    )
    assert (one.targets, one.resolved) == ((PAGER, BOARD), True)
    (silent,) = merged([notice("chat/a", "page", PAGER), notice("chat/a", "page", BOARD, resolved=False)])
    assert silent.resolved is False


def test_services_and_severities_do_not_mix() -> None:
    alerts = [notice("chat/a", "page", PAGER), notice("chat/a", "ticket", BOARD), notice("rag/a", "page", MAIL)]
    assert [(route.service, route.severity) for route in routes(alerts)] == [
        ("chat", "page"),
        ("chat", "ticket"),
        ("rag", "page"),
    ]


TARGETS = st.lists(st.sampled_from([PAGER, BOARD, MAIL]), max_size=2, unique=True)
NOTICES = st.lists(
    st.builds(
        lambda slo, severity, alert, targets, resolved: notice(slo, severity, *targets, alert=alert, resolved=resolved),
        st.sampled_from(["chat/a", "chat/b", "rag/a"]),
        st.sampled_from(["page", "ticket"]),
        st.sampled_from(["Burns", "Gone"]),
        TARGETS,
        st.sampled_from([None, True, False]),
    ),
    max_size=12,
)


@given(NOTICES)
def test_every_alert_is_taken_by_a_route_to_its_own_targets(notices: list[Notice]) -> None:
    alerts = merged(notices)
    planned = routes(alerts)
    for alert in alerts:
        route = taken(planned, alert)
        assert (route.targets if route else ()) == alert.targets
        assert route is None or route.resolved == alert.resolved
