"""How the flows are run: from the command line, on a server."""
