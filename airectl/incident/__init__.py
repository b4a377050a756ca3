"""Incidents: runbooks before them, postmortems after them, and what is known of the hardware below."""
