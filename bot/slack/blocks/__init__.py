"""Answers, questions and pages as Block Kit: plain dicts within Slack's limits, everything from outside escaped."""
