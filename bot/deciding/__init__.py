"""Rule + facts -> outcome, or the next fact to ask for. Pure: the day is passed in, nothing is read or written."""
