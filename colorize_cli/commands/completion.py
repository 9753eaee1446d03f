"""`colorize completion`: scripts that complete command lines."""

from typing import Annotated, Literal

import typer


def completion(
    context: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish"],
        typer.Argument(metavar="SHELL", help="bash, zsh or fish."),
    ],
) -> None:
    """Print a script that completes commands, options and values at TAB.

    source <(colorize completion bash)

    colorize completion fish > ~/.config/fish/completions/colorize.fish

    Where colorize is installed system-wide, shells find the script by themselves.
    """
    from colorize_cli.manual.command_tree import read_tree
    from colorize_cli.manual.completions import completion as script_for

    tree = read_tree(context.find_root().command)
    typer.echo(script_for(shell, tree), nl=False)
