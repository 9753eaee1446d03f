"""The engine of `colorize watch`: a folder whose pictures are coloured, each exactly once.

Level-triggered: an event is only a hint that a path needs a look. There is one way for all of
them, whether an event, the backlog at the start, the periodic rescan, an overflow or SIGHUP
brought them up:

    dirty set -> ready test -> journal -> work -> journal -> what becomes of the input

`DirtySet` is all that observers touch. The `Watcher` is the one loop; it runs in the main thread
and wakes only when something is due. A worker thread does the whole of one picture. Nothing here
knows the terminal, watchdog, or how a picture is coloured: that is given, as `Work`.

Exactly once, whenever the process dies: an intention is journaled, the output appears by one
rename, then it is journaled as done, then the input is moved or deleted. A restart that finds an
intention looks at the output: if it says that it was made from the same bytes by the same model
and options, it is done.
"""
