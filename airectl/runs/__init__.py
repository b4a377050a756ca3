"""Runs of load tests on disk: what was asked, what came back and when. Written as it happens, read by many commands."""
