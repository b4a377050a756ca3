"""Where numbers come from. A source answers many asks at once, so that one log is read once."""
