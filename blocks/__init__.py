"""What the server keeps for the flows."""
