"""Accuracy and speed, beside named baselines."""
