"""What is asked: synthetic prompts, prompts of a file, conversations, traces. `feeds.feed` hands them out."""
