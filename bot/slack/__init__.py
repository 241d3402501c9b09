"""Sellerbot in Slack: listeners by surface, answers as Block Kit, installations, delivery."""
