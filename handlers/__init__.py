"""Slack listeners, one file per journey, each ending with register(app)."""
