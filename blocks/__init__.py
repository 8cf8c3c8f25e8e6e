"""What the server keeps for the flows under a name."""
