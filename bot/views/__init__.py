"""Block Kit payloads: pure functions from domain objects and the reader's texts to plain dicts."""
