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
    """Print a script that completes what is typed, at TAB.

    \b
    source <(colorize completion bash)                  # in this shell
    colorize completion zsh > ~/.zfunc/_colorize        # a folder of $fpath
    colorize completion fish > ~/.config/fish/completions/colorize.fish

    Scripts complete commands, options and values.

    Where colorize is installed system-wide, shells find the script by themselves.
    """
    from colorize_cli.manual.command_tree import read_tree
    from colorize_cli.manual.completions import completion as script_for

    tree = read_tree(context.find_root().command)
    typer.echo(script_for(shell, tree), nl=False)
