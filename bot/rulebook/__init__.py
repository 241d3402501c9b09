"""What the content means: models of the YAML, loading with file and line, and proofs about decision tables."""
