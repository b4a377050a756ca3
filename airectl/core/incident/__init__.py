"""Incidents: what a postmortem says about one, its markers and what they measure, its classes, its timeline."""
