"""Outcome -> `Answer`, a document that no medium is in yet, through sandboxed Jinja2 templates; and its renderings."""
