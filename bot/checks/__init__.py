"""Rows of reports + checks as data -> findings, metrics, and what could not be computed."""
