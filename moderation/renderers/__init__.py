"""A verdict for its readers: JSON for programs, SARIF for code review, text for people."""
