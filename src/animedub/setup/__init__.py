"""What is done once, before the first dub: fetching weights and turning them into what the engines run."""
