"""Digests: what a channel or a person wants to be told regularly, and when."""
