"""Runbooks: one file an alert, written from what its SLOs say, and checked."""
