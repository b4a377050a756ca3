"""The second engine: Locust carries membership, liveness and messages between machines; each sends as one does."""
