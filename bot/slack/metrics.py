"""Figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One registry, so that several bots in one process (tests) keep apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter("sellerbot_received", "Work taken in, by kind.", ["kind"], registry=self.registry)
        self.repeated = Counter("sellerbot_repeated", "Deliveries of what was accepted before.", registry=self.registry)
        self.answers = Counter("sellerbot_answers", "Answers given, by kind.", ["kind"], registry=self.registry)
        self.silent = Counter("sellerbot_silent", "Messages read and left alone.", registry=self.registry)
        self.digests = Counter(
            "sellerbot_digests", "Digests that were due, by what came of it.", ["how"], registry=self.registry
        )
        self.failures = Counter("sellerbot_failures", "Work given up, by reason.", ["reason"], registry=self.registry)
        self.open = Gauge("sellerbot_open_work", "Work accepted and not finished.", registry=self.registry)
        self.seconds = Histogram(
            "sellerbot_answer_seconds", "From accepting to sent.", registry=self.registry, buckets=_BUCKETS
        )

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
