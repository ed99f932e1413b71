"""Block Kit: pure functions from domain objects to payloads."""
