"""What a run came to, as figures and as one page for people: from the run directory alone."""
