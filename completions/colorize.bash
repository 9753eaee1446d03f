# Completion of colorize(1) for bash, made by `colorize completion bash`.
# Options and values are known here; Python is started for the names of backends alone.

# Set `commands` and `options`: what may follow the command $1.
_colorize_command()
{
    commands='' options=''
    case $1 in
        '') commands='prep train report eval run watch export info doctor completion help backends' options='--version --help -h' ;;
        'prep') commands='' options='--output -o --size --test-share --seed --jobs -j --json --help -h' ;;
        'train') commands='' options='--recipe --run --resume --device --dry-run --epochs --quiet -q --help -h --from --limit --seed --backend --predict --base-width --loss --l1-weight --chroma-weight --precision --ema-decay --batch-size --micro-batch --learning-rate --schedule --warm-up-epochs --augment --max-time --patience --samples-every --keep --checkpoint-every' ;;
        'report') commands='' options='--output -o --photos --count --weights --help -h --seed --data --backend --device' ;;
        'eval') commands='' options='--side --limit --per-photo --force -f --help -h --only --seed --backend --device --precision --pictures --features --json-schema' ;;
        'run') commands='' options='--output -o --output-dir --recursive -r --strength --model -m --quiet -q --help -h --files-from --null -0 --format --name --update -u --force -f --size --quality --reference --hints --only-gray --strip --no-mark --max-pixels --backend --device --precision --jobs -j --verbose -v --json --json-file --json-schema' ;;
        'watch') commands='' options='--output-dir --then --once --strength --model -m --quiet -q --help -h --move-to --quarantine --format --name --settle --rescan --patience --poll --grace --state --size --quality --reference --only-gray --strip --no-mark --max-pixels --backend --device --precision --jobs -j --verbose -v --json --json-schema' ;;
        'export') commands='' options='--output -o --format --force -f --help -h --backend --device' ;;
        'info') commands='' options='--config --json --help -h' ;;
        'doctor') commands='' options='--json --help -h' ;;
        'completion') commands='' options='--help -h' ;;
        'help') commands='' options='--help -h' ;;
        'backends') commands='check' options='--json --help -h' ;;
        'backends check') commands='' options='--json --device --help -h' ;;
        *) return 1 ;;
    esac
}

# Set `kind`, `words` and `optional`: what the value of option $2 of command $1 may be, or its
# argument number $2. Fail where there is none.
_colorize_value()
{
    kind='' words='' optional=''
    case "$1 $2" in
        'prep -o'|'prep --output') kind=folders ;;
        'prep --size') kind=nothing ;;
        'prep --test-share') kind=nothing ;;
        'prep --seed') kind=nothing ;;
        'prep -j'|'prep --jobs') kind=nothing ;;
        'prep 1') kind=folders ;;
        'train --recipe') kind=words words='paper-plain paper-skip compact natural pix2pix' ;;
        'train --run') kind=folders ;;
        'train --resume') kind=runs optional=1 ;;
        'train --device') kind=words words='auto cpu cuda mps' ;;
        'train --epochs') kind=nothing ;;
        'train --from') kind=models ;;
        'train --limit') kind=nothing ;;
        'train --seed') kind=nothing ;;
        'train --backend') kind=backends ;;
        'train --predict') kind=words words='rgb ab' ;;
        'train --base-width') kind=nothing ;;
        'train --loss') kind=words words='minimax nonsaturating lsgan hinge' ;;
        'train --l1-weight') kind=nothing ;;
        'train --chroma-weight') kind=nothing ;;
        'train --precision') kind=words words='float32 bfloat16' ;;
        'train --ema-decay') kind=nothing ;;
        'train --batch-size') kind=nothing ;;
        'train --micro-batch') kind=nothing ;;
        'train --learning-rate') kind=nothing ;;
        'train --schedule') kind=words words='constant linear cosine' ;;
        'train --warm-up-epochs') kind=nothing ;;
        'train --augment') kind=nothing ;;
        'train --max-time') kind=nothing ;;
        'train --patience') kind=nothing ;;
        'train --samples-every') kind=nothing ;;
        'train --keep') kind=nothing ;;
        'train --checkpoint-every') kind=nothing ;;
        'train 1') kind=folders ;;
        'report -o'|'report --output') kind=folders ;;
        'report --photos') kind=images ;;
        'report --count') kind=nothing ;;
        'report --weights') kind=words words='best last' ;;
        'report --seed') kind=nothing ;;
        'report --data') kind=folders ;;
        'report --backend') kind=backends ;;
        'report --device') kind=words words='auto cpu cuda mps' ;;
        'report *') kind=runs ;;
        'eval --side') kind=words words='train test all' ;;
        'eval --limit') kind=nothing ;;
        'eval --per-photo') kind=files ;;
        'eval --only') kind=nothing ;;
        'eval --seed') kind=nothing ;;
        'eval --backend') kind=backends ;;
        'eval --device') kind=words words='auto cpu cuda mps' ;;
        'eval --precision') kind=words words='auto float32 bfloat16' ;;
        'eval --pictures') kind=folders ;;
        'eval --features') kind=files ;;
        'eval 1') kind=models ;;
        'eval 2') kind=folders ;;
        'run -o'|'run --output') kind=files ;;
        'run --output-dir') kind=folders ;;
        'run --strength') kind=nothing ;;
        'run -m'|'run --model') kind=models ;;
        'run --files-from') kind=files ;;
        'run --format') kind=words words='png tiff webp jpeg gif' ;;
        'run --name') kind=nothing ;;
        'run --size') kind=nothing ;;
        'run --quality') kind=words words='standard best' ;;
        'run --reference') kind=images ;;
        'run --hints') kind=images ;;
        'run --max-pixels') kind=nothing ;;
        'run --backend') kind=backends ;;
        'run --device') kind=words words='auto cpu cuda mps' ;;
        'run --precision') kind=words words='auto float32 bfloat16' ;;
        'run -j'|'run --jobs') kind=nothing ;;
        'run --json-file') kind=files ;;
        'run *') kind=images ;;
        'watch --output-dir') kind=folders ;;
        'watch --then') kind=words words='keep move delete' ;;
        'watch --strength') kind=nothing ;;
        'watch -m'|'watch --model') kind=models ;;
        'watch --move-to') kind=folders ;;
        'watch --quarantine') kind=folders ;;
        'watch --format') kind=words words='png tiff webp jpeg gif' ;;
        'watch --name') kind=nothing ;;
        'watch --settle') kind=nothing ;;
        'watch --rescan') kind=nothing ;;
        'watch --patience') kind=nothing ;;
        'watch --poll') kind=nothing optional=1 ;;
        'watch --grace') kind=nothing ;;
        'watch --state') kind=files ;;
        'watch --size') kind=nothing ;;
        'watch --quality') kind=words words='standard best' ;;
        'watch --reference') kind=images ;;
        'watch --max-pixels') kind=nothing ;;
        'watch --backend') kind=backends ;;
        'watch --device') kind=words words='auto cpu cuda mps' ;;
        'watch --precision') kind=words words='auto float32 bfloat16' ;;
        'watch -j'|'watch --jobs') kind=nothing ;;
        'watch 1') kind=folders ;;
        'export -o'|'export --output') kind=files ;;
        'export --format') kind=words words='onnx pt2 savedmodel tflite' ;;
        'export --backend') kind=backends ;;
        'export --device') kind=words words='auto cpu cuda mps' ;;
        'export 1') kind=models ;;
        'info *') kind=things ;;
        'completion 1') kind=words words='bash zsh fish' ;;
        'help *') kind=words words='prep train report eval run watch export info doctor completion help backends' ;;
        'backends check --device') kind=words words='auto cpu cuda mps' ;;
        'backends check 1') kind=backends ;;
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
        *.[aA][vV][iI][fF]|*.[jJ][fF][iI][fF]|*.[jJ][pP][eE]|*.[jJ][pP][eE][gG]|*.[jJ][pP][gG]|*.[pP][nN][gG]|*.[tT][iI][fF]|*.[tT][iI][fF][fF]|*.[wW][eE][bB][pP]) return 0 ;;
    esac
    return 1
}

_colorize_is_model()
{
    case $1 in
        *.safetensors|*.onnx) return 0 ;;
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
            COMPREPLY+=($(compgen -W 'natural' -- "$cur"))
            _colorize_paths _colorize_is_model
            ;;
        runs)
            _colorize_runs config.json
            ((${#COMPREPLY[@]})) || _colorize_paths false
            ;;
        things)
            COMPREPLY=($(compgen -W 'natural' -- "$cur"))
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
