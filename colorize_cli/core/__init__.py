"""The part of colorize that knows photographs and networks but no framework and no terminal."""
