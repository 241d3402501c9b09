"""Listeners, one module for each surface. Each acknowledges, hands over to the office, and returns."""
