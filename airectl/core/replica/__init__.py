"""A model of one replica of an LLM server: what a step costs, what fits in memory, who is served when."""
