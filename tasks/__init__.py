"""Tasks: stages with a cache, retries and limits."""
