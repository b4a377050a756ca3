"""Load tests: the plan of what is sent when, the engine that sends it, and what its records say."""
