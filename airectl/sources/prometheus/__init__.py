"""What speaks the API of Prometheus: exact counts per slice, with what is lost stated."""
