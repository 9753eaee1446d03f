"""The commands of colorize, one module each."""
