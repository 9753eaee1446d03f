"""Give gray photographs their colour back, from the shell."""

__version__ = "0.1.0"
