"""Black-box probes: golden prompts asked of a server as a user would, and what came of them."""
