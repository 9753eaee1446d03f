# Completion of colorize(1) for bash, made by `colorize completion bash`.
# Options and values are known here; Python is started for the names of backends alone.

# Set `commands` and `options`: what may follow the command $1.
_colorize_command()
{
    commands='' options=''
    case $1 in
@COMMANDS@
        *) return 1 ;;
    esac
}

# Set `kind`, `words` and `optional`: what the value of option $2 of command $1 may be, or its
# argument number $2. Fail where there is none.
_colorize_value()
{
    kind='' words='' optional=''
    case "$1 $2" in
@VALUES@
        *) return 1 ;;
    esac
}

# Offer folders, and what the function $1 accepts.
_colorize_paths()
{
    local name
    # Older versions of bash have no compopt.
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        if [[ -d ${name/#\~\//$HOME/} ]] || "$1" "$name"; then
            COMPREPLY+=("$name")
        fi
    done < <(compgen -f -- "$cur")
}

_colorize_is_image()
{
    case $1 in
        @IMAGE_PATTERN@) return 0 ;;
    esac
    return 1
}

_colorize_is_model()
{
    case $1 in
        @MODEL_PATTERN@) return 0 ;;
    esac
    return 1
}

# Offer the runs that have the file $1.
_colorize_runs()
{
    local file
    for file in runs/*/"$1"; do
        if [[ -e $file && $file == "$cur"* ]]; then
            COMPREPLY+=("${file%/*}")
        fi
    done
    compopt -o filenames 2>/dev/null
}

# Offer what fits the kind of value.
_colorize_offer()
{
    case $kind in
        words) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
        files) _colorize_paths true ;;
        folders) _colorize_paths false ;;
        images)
            _colorize_paths _colorize_is_image
            ((${#COMPREPLY[@]})) || _colorize_paths true
            ;;
        models)
            _colorize_runs model.safetensors
            COMPREPLY+=($(compgen -W '@MODELS@' -- "$cur"))
            _colorize_paths _colorize_is_model
            ;;
        runs)
            _colorize_runs config.json
            ((${#COMPREPLY[@]})) || _colorize_paths false
            ;;
        things)
            COMPREPLY=($(compgen -W '@MODELS@' -- "$cur"))
            _colorize_paths true
            ;;
        backends)
            words=$("${COMP_WORDS[0]/#\~\//$HOME/}" completion --backends 2>/dev/null)
            COMPREPLY=($(compgen -W "$words" -- "$cur"))
            ;;
    esac
}

# Set `line` to the words up to the cursor, where --name=value is two of them.
_colorize_split()
{
    local number word
    line=()
    for ((number = 1; number <= COMP_CWORD; number++)); do
        word=${COMP_WORDS[number]}
        if [[ $word == = && ${COMP_WORDS[number - 1]} == --* ]]; then
            ((number < COMP_CWORD)) && continue
            word=''
        fi
        line+=("$word")
    done
}

# Set `command`, `place` and `kind` from the words before the cursor.
_colorize_read()
{
    local word
    for word in "$@"; do
        if [[ $kind && ! ($optional && $word == -*) ]]; then
            kind=''
        elif [[ ! $ended && $word == -- ]]; then
            kind='' ended=1
        elif [[ ! $ended && $word == -?* ]]; then
            _colorize_value "$command" "$word"
        elif ((place == 1)) && [[ " $commands " == *" $word "* ]]; then
            command="${command:+$command }$word"
            _colorize_command "$command"
        else
            place=$((place + 1))
        fi
    done
}

_colorize()
{
    local IFS=$' \t\n' line cur commands options kind='' words='' optional='' ended='' command=''
    local place=1 last
    COMPREPLY=()
    _colorize_command ''
    _colorize_split
    last=$((${#line[@]} - 1))
    cur=${line[last]}
    _colorize_read "${line[@]:0:last}"
    if [[ ! $ended && $cur == -* && (! $kind || $optional) ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi
    # Quotes and backslashes belong to the line, not to the name of a file.
    case $cur in
        [\'\"]*) cur=${cur:1} ;;
        *) cur=${cur//\\/} ;;
    esac
    if [[ ! $kind && $commands ]]; then
        kind=words words=$commands
    elif [[ ! $kind ]]; then
        _colorize_value "$command" "$place" || _colorize_value "$command" '*'
    fi
    _colorize_offer
}

complete -F _colorize colorize
