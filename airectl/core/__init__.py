"""Pure: no I/O, no clock, no environment, no hidden randomness."""
