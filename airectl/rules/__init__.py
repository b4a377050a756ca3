"""Prometheus rules from SLOs: recordings, burn-rate alerts, their unit tests, dashboards and routes."""
