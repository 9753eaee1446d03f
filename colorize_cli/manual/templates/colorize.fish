# Completion of colorize(1) for fish, made by `colorize completion fish`.
# Options and values are known here; Python is started for the names of backends alone.

function __colorize_at --description 'Whether the command that was typed is this one'
    set -l words (commandline -opc | string match --invert -- '-*')
    set -l found
    for word in $words[2..-1]
        contains -- (string trim -- "$found $word") @COMMANDS@
        or break
        set found (string trim -- "$found $word")
    end
    test "$found" = "$argv"
end

function __colorize_files --description 'Folders, and files whose names end as the pattern says'
    set -l paths (complete -C"__fish_command_without_completions "(commandline -ct))
    string match --regex --ignore-case -- "^.*(?:/|\.(?:$argv[1]))\$" $paths
end

function __colorize_images
    __colorize_files '@IMAGE_PATTERN@'
end

function __colorize_models
    string join \n -- @MODELS@
    # Only `for` and `set` take a pattern that nothing fits.
    for file in runs/*/model.safetensors
        string replace /model.safetensors '' -- $file
    end
    __colorize_files '@MODEL_PATTERN@'
end

function __colorize_runs
    for file in runs/*/config.json
        string replace /config.json '' -- $file
    end
    __fish_complete_directories
end

function __colorize_backends
    # For an option fish asks for arguments too.
    string match --quiet -- '-*' (commandline -ct); and return
    set -l words (commandline -opc)
    $words[1] completion --backends 2>/dev/null
end

complete -c colorize -f
@LINES@
