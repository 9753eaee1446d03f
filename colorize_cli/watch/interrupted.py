"""What a process that was killed has left: intentions without an end, and temporary files."""

from colorize_cli.core.outputs import clear_abandoned, temporary_name
from colorize_cli.watch.journal import Journal
from colorize_cli.watch.tree import Tree


def recovered(journal: Journal, tree: Tree) -> set[str]:
    """Clear away what was left half done; return the places of files that were in hand.

    One of them may be what ended the process, as a picture too large for the memory: they are
    to be done last. What is gone meanwhile is forgotten.
    """
    places: set[str] = set()
    for entry in journal.unfinished():
        if entry.target is not None:
            clear_abandoned(temporary_name(entry.target))
        if tree.signature_of(entry.place) is None:
            journal.forget(entry.place)
        elif entry.starts:
            places.add(entry.place)
    return places
