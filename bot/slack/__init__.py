"""Messenger and Directory over Slack's Web API: the only calls out to Slack."""
