"""From the command line of `colorize run` to the list of pictures, checked before any work."""

from pathlib import Path
from typing import TYPE_CHECKING

from colorize_cli.core.errors import CannotCreateError, UsageError
from colorize_cli.core.input_files import (
    DASH,
    Inputs,
    file_id,
    find_inputs,
    names_in,
    read_input,
)
from colorize_cli.core.output_plan import (
    DEFAULT_NAME,
    Job,
    Naming,
    check_targets,
    make_target_folders,
    output_and_folder,
    plan_folder,
    plan_single,
)
from colorize_cli.core.records import record
from colorize_cli.standard_streams import ImageOutput, read_stdin

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import InputChoice, OutputChoice, Request
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.image_encoding import Format


@record
class Plan:
    """What is to be done. A batch goes on after an error, and says at its end what it came to."""

    inputs: Inputs
    jobs: tuple[Job, ...]
    form: "Format | None"
    is_batch: bool


def plan_request(request: "Request", engine: "Engine", stdout: ImageOutput) -> Plan:
    """Decide all names and make the folders for them.

    Raises UsageError, NoInputError or CannotCreateError, before anything is written.
    """
    _check_names(request)
    output, folder_name = output_and_folder(request.outputs.output, request.outputs.folder)
    folder = None if folder_name is None else Path(folder_name)
    form = _chosen_format(request.outputs, output)
    _check_usage(request, folder)
    _check_guides(request)
    inputs = _find(request.inputs, folder)
    is_batch = _is_batch(request.inputs, inputs)
    jobs = _named(inputs, output, folder, _naming(request.outputs, form), is_batch=is_batch)
    _check_stdout(request, jobs, stdout)
    _keep_guides(request, jobs)
    jobs = _settled(jobs, request, engine)
    make_target_folders((job for job in jobs if not job.is_done), folder)
    return Plan(inputs=inputs, jobs=tuple(jobs), form=form, is_batch=is_batch)


def _check_names(request: "Request") -> None:
    inputs, outputs = request.inputs, request.outputs
    finish = request.finish
    others = (
        inputs.files_from,
        outputs.output,
        outputs.folder,
        request.telling.json_file,
        finish.reference,
        finish.hints,
    )
    # As a path it would stand for the folder that one is in.
    if "" in {*inputs.names, *others}:
        raise UsageError("a name is empty: is a variable of the shell unset?")


def _check_guides(request: "Request") -> None:
    """Read what colours are wanted, as the whole run fails if that cannot be read."""
    inputs, finish = request.inputs, request.finish
    is_for_many = inputs.is_recursive or inputs.files_from is not None or len(inputs.names) > 1
    if DASH in (finish.hints, finish.reference):
        raise UsageError("strokes and references are read from files, not from stdin (-)")
    if finish.hints is not None and is_for_many:
        raise UsageError("--hints are strokes for one picture: name that one alone")
    _ = finish.palette, finish.strokes


def _keep_guides(request: "Request", jobs: list[Job]) -> None:
    finish = request.finish
    kept = {file_id(Path(name)) for name in (finish.reference, finish.hints) if name is not None}
    for job in jobs:
        if job.target is not None and file_id(job.target) in kept - {None}:
            raise CannotCreateError("is read for its colours, and never changed", path=job.target)


def _check_usage(request: "Request", folder: Path | None) -> None:
    inputs, outputs = request.inputs, request.outputs
    if inputs.is_null_separated and inputs.files_from is None:
        raise UsageError("--null (-0) is about the names in --files-from")
    if inputs.files_from == DASH and DASH in inputs.names:
        raise UsageError("standard input cannot be both a picture and the list of names")
    if outputs.template is not None and folder is None:
        raise UsageError("--name is about results in a folder: it needs --output-dir DIR")
    is_for_many = inputs.is_recursive or inputs.files_from is not None
    if folder is None and (is_for_many or len(inputs.names) > 1):
        raise UsageError("several pictures need --output-dir DIR")
    if DASH in inputs.names and len(inputs.names) > 1:
        raise UsageError("standard input (-) cannot be one of several pictures")


def _chosen_format(outputs: "OutputChoice", output: str | None) -> "Format | None":
    from colorize_cli.core.image_encoding import choose_format

    has_suffix = output is not None and bool(Path(output).suffix)
    if outputs.format_name is None and not has_suffix:
        return None
    return choose_format(outputs.format_name, output)


def _find(choice: "InputChoice", folder: Path | None) -> Inputs:
    from colorize_cli.core.provenance import read_provenance

    return find_inputs(
        [*choice.names, *_listed(choice)] or ([DASH] if choice.files_from is None else []),
        is_recursive=choice.is_recursive,
        excluded=folder,
        is_own_output=lambda path: read_provenance(path) is not None,
    )


def _listed(choice: "InputChoice") -> list[str]:
    """Return the names in the list, all of which are files: a dash among them as well."""
    if choice.files_from is None:
        return []
    source = choice.files_from
    data = read_stdin() if source == DASH else read_input(Path(source))
    names = names_in(data, is_null_separated=choice.is_null_separated)
    return ["./-" if name == DASH else name for name in names]


def _is_batch(choice: "InputChoice", inputs: Inputs) -> bool:
    return choice.is_recursive or choice.files_from is not None or len(inputs.files) > 1


def _naming(outputs: "OutputChoice", form: "Format | None") -> Naming:
    return Naming(
        template=outputs.template or DEFAULT_NAME, suffix=form.suffixes[0] if form else None
    )


def _named(
    inputs: Inputs, output: str | None, folder: Path | None, naming: Naming, *, is_batch: bool
) -> list[Job]:
    if folder is None:
        jobs = [plan_single(inputs.files[0], output)]
    else:
        jobs = plan_folder(inputs.files, folder, naming)
    if not is_batch and jobs[0].problem is not None:
        raise jobs[0].problem
    check_targets(jobs)
    return jobs


def _check_stdout(request: "Request", jobs: list[Job], stdout: ImageOutput) -> None:
    if not any(job.target is None and job.problem is None for job in jobs):
        return
    if request.telling.is_json:
        raise UsageError("stdout takes the picture: use --json-file FILE for events, or -o FILE")
    if stdout.is_terminal and request.outputs.policy != "force":
        raise UsageError(
            "refusing to write image data to a terminal; redirect with > or use -o FILE"
        )


def _settled(jobs: list[Job], request: "Request", engine: "Engine") -> list[Job]:
    if not any(job.target is not None for job in jobs):
        return jobs
    from colorize_cli.core.existing_outputs import settle_existing

    return settle_existing(
        jobs, lambda: engine.making(request.finish), policy=request.outputs.policy
    )
