"""What starts flows: the local server, and the function behind the command line."""
