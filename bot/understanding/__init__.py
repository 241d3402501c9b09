"""A question -> a `Reading`: language, concepts, facts, ranked pages, or "I don't know". Pure functions, no I/O."""
