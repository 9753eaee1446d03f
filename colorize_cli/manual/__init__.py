"""The program as manuals and shells see it: one walk over its commands, and what is made of it."""
