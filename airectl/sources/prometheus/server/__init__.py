"""One Prometheus: where it is, what is asked of it, and what goes wrong."""
