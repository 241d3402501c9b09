"""Uploaded files -> recognised, cleaned, typed tables without personal data."""
