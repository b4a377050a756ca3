"""Windows and slices against what the source holds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.source import SourceText

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC), retention_s=86_400)
COMPOSITE = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: chat}}
spec:
  service: chat
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: RatioTimeslices
  objectives:
    - {{target: 0.9, timeSliceWindow: 1m, indicatorRef: {first}}}
    - {{target: 0.9, timeSliceWindow: 1m, indicatorRef: {second}}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: scraped}}
spec: {{ratioMetric: {{raw: {{metricSource: {{type: Prometheus, spec: {{query: a}}}}}}, rawType: success}}}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: logged}}
spec: {{ratioMetric: {{raw: {{metricSource: {{metricSourceRef: logs, spec: {{path: a}}}}}}, rawType: success}}}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: given}}
spec: {{ratioMetric: {{raw: {{metricSource: {{type: Static, spec: {{value: 1}}}}}}, rawType: success}}}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: logs}}
spec: {{type: events}}
"""


def told(first: str, second: str, context: Context) -> list[str]:
    text = COMPOSITE.format(first=first, second=second)
    findings = check([SourceText(path="f.yaml", text=text)], context).findings
    return [f"{f.code} {f.at}" for f in findings if f.code in ("AIR022", "AIR030")]


@pytest.mark.parametrize("parts", [("scraped", "scraped"), ("scraped", "logged"), ("logged", "scraped")])
def test_samples_are_dropped_if_any_part_is_scraped(parts: tuple[str, str]) -> None:
    assert told(*parts, CONTEXT) == ["AIR030 f.yaml:6:27"]


def test_event_files_and_static_numbers_are_never_dropped() -> None:
    assert told("logged", "given", CONTEXT) == []


def test_slices_of_scraped_parts_are_multiples_of_the_interval() -> None:
    scraping = replace(CONTEXT, retention_s=None, scrape_interval_s=45)
    assert told("logged", "scraped", scraping) == ["AIR022 f.yaml:10:38"]
