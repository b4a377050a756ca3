"""The simulator of an inference server: OpenAI's API over a model of a replica, with faults on request."""
