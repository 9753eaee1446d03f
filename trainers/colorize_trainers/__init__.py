"""Training runs of colorize: recipes, the loop, the run directory. Knows no framework."""
