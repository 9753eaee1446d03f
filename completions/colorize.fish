# Completion of colorize(1) for fish, made by `colorize completion fish`.
# Options and values are known here; Python is started for the names of backends alone.

function __colorize_at --description 'Whether the command that was typed is this one'
    set -l words (commandline -opc | string match --invert -- '-*')
    set -l found
    for word in $words[2..-1]
        contains -- (string trim -- "$found $word") 'prep' 'train' 'report' 'eval' 'run' 'watch' 'export' 'info' 'doctor' 'completion' 'help' 'backends' 'backends check'
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
    __colorize_files 'avif|jfif|jpe|jpeg|jpg|png|tif|tiff|webp'
end

function __colorize_models
    string join \n -- natural
    # Only `for` and `set` take a pattern that nothing fits.
    for file in runs/*/model.safetensors
        string replace /model.safetensors '' -- $file
    end
    __colorize_files 'safetensors|onnx'
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
complete -c colorize -n '__colorize_at' -a prep -d 'Check, clean, split and pack photos for training'
complete -c colorize -n '__colorize_at' -a train -d 'Train the CGAN on prepared photos, into a run directory'
complete -c colorize -n '__colorize_at' -a report -d 'Show what runs have learnt, as one page and as figures'
complete -c colorize -n '__colorize_at' -a eval -d 'Score a model on photos whose colours are known'
complete -c colorize -n '__colorize_at' -a run -d 'Give gray pictures their colour back; lightness and size are kept'
complete -c colorize -n '__colorize_at' -a watch -d 'Colour every picture that lands in a folder, each exactly once'
complete -c colorize -n '__colorize_at' -a export -d 'Write a trained model as a file for other programs'
complete -c colorize -n '__colorize_at' -a info -d 'Say what something is, or what is set and where'
complete -c colorize -n '__colorize_at' -a doctor -d 'Check that all is well here, and say what helps'
complete -c colorize -n '__colorize_at' -a completion -d 'Print a script that completes what is typed, at TAB'
complete -c colorize -n '__colorize_at' -a help -d 'Show how a command is used'
complete -c colorize -n '__colorize_at' -a backends -d 'List the backends, their state and devices; check one'
complete -c colorize -n '__colorize_at' -l version -d 'Print the version'
complete -c colorize -n '__colorize_at' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at prep' -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at prep' -s o -l output -d 'Where the dataset goes' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at prep' -l size -d 'Side of the square pictures in pixels: a power of two from 16' -r -f
complete -c colorize -n '__colorize_at prep' -l test-share -d 'Share of the photos that is kept for testing' -r -f
complete -c colorize -n '__colorize_at prep' -l seed -d 'Decides which photos are kept for testing' -r -f
complete -c colorize -n '__colorize_at prep' -s j -l jobs -d 'Photos decoded at once; default: all cores' -r -f
complete -c colorize -n '__colorize_at prep' -l json -d 'Print the summary as one JSON object on stdout'
complete -c colorize -n '__colorize_at prep' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at train' -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at train' -l recipe -d 'natural, compact, pix2pix, paper-plain, or paper-skip if not given' -r -f -a 'paper-plain paper-skip compact natural pix2pix'
complete -c colorize -n '__colorize_at train' -l run -d 'The run directory; runs/TIME-RECIPE if not given' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at train' -l resume -d 'Go on with this run; with the last one below runs/ if none is named' -r -f -a '(__colorize_runs)'
complete -c colorize -n '__colorize_at train' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at train' -l dry-run -d 'Say what it would take, from a few timed steps; write nothing'
complete -c colorize -n '__colorize_at train' -l epochs -d 'How often every picture is seen; with --resume also +N: so many more' -r -f
complete -c colorize -n '__colorize_at train' -s q -l quiet -d 'Say nothing but errors'
complete -c colorize -n '__colorize_at train' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at train' -l from -d 'Begin with the networks of a model or a run' -r -f -a '(__colorize_models)'
complete -c colorize -n '__colorize_at train' -l limit -d 'Train on this many photos only' -r -f
complete -c colorize -n '__colorize_at train' -l seed -d 'Start of everything random; 0 if not given' -r -f
complete -c colorize -n '__colorize_at train' -l backend -d 'torch, tensorflow, or any other that trains; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at train' -l predict -d 'What the generator says: all colours, or ab beside L' -r -f -a 'rgb ab'
complete -c colorize -n '__colorize_at train' -l base-width -d 'Filters of the first layer, 64 in the paper; of natural\'s last' -r -f
complete -c colorize -n '__colorize_at train' -l loss -d 'The form of the CGAN\'s loss' -r -f -a 'minimax nonsaturating lsgan hinge'
complete -c colorize -n '__colorize_at train' -l l1-weight -d 'Weight of the L1 term: 0 in the paper' -r -f
complete -c colorize -n '__colorize_at train' -l chroma-weight -d 'How much more vivid colours count in the L1 term than dull ones: 0 is alike' -r -f
complete -c colorize -n '__colorize_at train' -l precision -d 'bfloat16 is faster where the processor has it; recipes in it take float32 elsewhere' -r -f -a 'float32 bfloat16'
complete -c colorize -n '__colorize_at train' -l ema-decay -d 'Use the generator\'s moving average, as 0.999; 0: none' -r -f
complete -c colorize -n '__colorize_at train' -l batch-size -d 'Pictures per step' -r -f
complete -c colorize -n '__colorize_at train' -l micro-batch -d 'Pictures at a time, where memory is short' -r -f
complete -c colorize -n '__colorize_at train' -l learning-rate -d 'Adam\'s step size for both networks' -r -f
complete -c colorize -n '__colorize_at train' -l schedule -d 'How the learning rate goes down' -r -f -a 'constant linear cosine'
complete -c colorize -n '__colorize_at train' -l warm-up-epochs -d 'First epochs, from L1 alone' -r -f
complete -c colorize -n '__colorize_at train' -l augment -d 'Vary the pictures by crop, tone, grain, blur, as crop=0.4,tone=0.5,grain=0.02,blur=1' -r -f
complete -c colorize -n '__colorize_at train' -l max-time -d 'End after this time, as 2h, 30m or 90s' -r -f
complete -c colorize -n '__colorize_at train' -l patience -d 'End after N epochs without a smaller ab error on test' -r -f
complete -c colorize -n '__colorize_at train' -l samples-every -d 'Epochs between two grids of samples: 1' -r -f
complete -c colorize -n '__colorize_at train' -l keep -d 'Keep the checkpoints of the last N epochs as well: 0' -r -f
complete -c colorize -n '__colorize_at train' -l checkpoint-every -d 'Between two checkpoints within a long epoch: 10' -r -f
complete -c colorize -n '__colorize_at report' -f -a '(__colorize_runs)'
complete -c colorize -n '__colorize_at report' -s o -l output -d 'Where the report goes; default: RUN/report, in the first of several' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at report' -l photos -d 'Photos from outside the set to show as well; can be given several times' -r -f -a '(__colorize_images)'
complete -c colorize -n '__colorize_at report' -l count -d 'Test photos to draw; the best and the worst come on top' -r -f
complete -c colorize -n '__colorize_at report' -l weights -d 'The model to show: of the best epoch (RUN/model), or of the last' -r -f -a 'best last'
complete -c colorize -n '__colorize_at report' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at report' -l seed -d 'Decides which test photos are drawn' -r -f
complete -c colorize -n '__colorize_at report' -l data -d 'Where the dataset lies now, if it was moved' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at report' -l backend -d 'What computes; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at report' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at eval' -f -a '(__colorize_models)'
complete -c colorize -n '__colorize_at eval' -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at eval' -l side -d 'Which photos of a prepared folder; default: test' -r -f -a 'train test all'
complete -c colorize -n '__colorize_at eval' -l limit -d 'At most this many photos, drawn by the seed' -r -f
complete -c colorize -n '__colorize_at eval' -l per-photo -d 'Write the scores of each photo here' -r -F
complete -c colorize -n '__colorize_at eval' -s f -l force -d 'Replace FILE.csv if it is there already'
complete -c colorize -n '__colorize_at eval' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at eval' -l only -d 'Only photos of this class folder' -r -f
complete -c colorize -n '__colorize_at eval' -l seed -d 'Draws photos, and the intervals' -r -f
complete -c colorize -n '__colorize_at eval' -l backend -d 'What computes; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at eval' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at eval' -l precision -d 'How exactly it computes; default: float32' -r -f -a 'auto float32 bfloat16'
complete -c colorize -n '__colorize_at eval' -l pictures -d 'Write what is judged here, as MAKER/NUMBER.png' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at eval' -l features -d 'Features of those pictures for the distances: arrays model, truth, ' -r -F
complete -c colorize -n '__colorize_at eval' -l json-schema -d 'Print what stdout looks like, as JSON Schema'
complete -c colorize -n '__colorize_at run' -f -a '(__colorize_images)'
complete -c colorize -n '__colorize_at run' -s o -l output -d 'Where the result goes; - is stdout' -r -F
complete -c colorize -n '__colorize_at run' -l output-dir -d 'Where the results of many go, in the same sub-folders' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at run' -s r -l recursive -d 'Colour all pictures in folders'
complete -c colorize -n '__colorize_at run' -l strength -d 'Less or more colour: 0 is gray, 1 the model\'s' -r -f
complete -c colorize -n '__colorize_at run' -s m -l model -d 'Bundled name, model file or run directory' -r -f -a '(__colorize_models)'
complete -c colorize -n '__colorize_at run' -s q -l quiet -d 'Say nothing but errors'
complete -c colorize -n '__colorize_at run' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at run' -l files-from -d 'Read more names from a file, one a line; - is stdin' -r -F
complete -c colorize -n '__colorize_at run' -s 0 -l null -d 'Those names end in a zero byte: find -print0'
complete -c colorize -n '__colorize_at run' -l format -d 'png, tiff, webp, jpeg or gif; default: the suffix of -o, else tiff for TIFF and png for all else' -r -f -a 'png tiff webp jpeg gif'
complete -c colorize -n '__colorize_at run' -l name -d 'Names in --output-dir, of {stem}, {name}, {ext}; default: \'{stem}{ext}\'' -r -f
complete -c colorize -n '__colorize_at run' -s u -l update -d 'Replace what colorize made of another input or way'
complete -c colorize -n '__colorize_at run' -s f -l force -d 'Replace all outputs that are there already'
complete -c colorize -n '__colorize_at run' -l size -d 'The longer side that the network sees; default: that of its training' -r -f
complete -c colorize -n '__colorize_at run' -l quality -d 'Best asks the network about the mirror image as well: twice the time' -r -f -a 'standard best'
complete -c colorize -n '__colorize_at run' -l reference -d 'Take over the palette of another photo' -r -f -a '(__colorize_images)'
complete -c colorize -n '__colorize_at run' -l hints -d 'Strokes of the colours that you want, on a transparent picture of its shape' -r -f -a '(__colorize_images)'
complete -c colorize -n '__colorize_at run' -l only-gray -d 'Skip pictures that have colours already'
complete -c colorize -n '__colorize_at run' -l strip -d 'Leave out EXIF, XMP and other metadata'
complete -c colorize -n '__colorize_at run' -l no-mark -d 'Do not write into metadata what made it; it will not be known again'
complete -c colorize -n '__colorize_at run' -l max-pixels -d 'Refuse larger pictures, or allow larger ones than usual' -r -f
complete -c colorize -n '__colorize_at run' -l backend -d 'What computes; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at run' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at run' -l precision -d 'How exactly it computes; default: float32' -r -f -a 'auto float32 bfloat16'
complete -c colorize -n '__colorize_at run' -s j -l jobs -d 'Pictures at a time; default: one for each processor' -r -f
complete -c colorize -n '__colorize_at run' -s v -l verbose -d 'A line for each picture; -vv: with times'
complete -c colorize -n '__colorize_at run' -l json -d 'Tell programs on stdout, as JSON Lines'
complete -c colorize -n '__colorize_at run' -l json-file -d 'The same into a file' -r -F
complete -c colorize -n '__colorize_at run' -l json-schema -d 'Print what those lines look like, as JSON Schema'
complete -c colorize -n '__colorize_at watch' -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at watch' -l output-dir -d 'Where results go, in the same sub-folders; default: FOLDER/color' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at watch' -l then -d 'What becomes of an input once its result is safe; default: keep' -r -f -a 'keep move delete'
complete -c colorize -n '__colorize_at watch' -l once -d 'Colour what is there, then end as `run` does'
complete -c colorize -n '__colorize_at watch' -l strength -d 'Less or more colour: 0 is gray, 1 the model\'s' -r -f
complete -c colorize -n '__colorize_at watch' -s m -l model -d 'Bundled name, model file or run directory' -r -f -a '(__colorize_models)'
complete -c colorize -n '__colorize_at watch' -s q -l quiet -d 'Say nothing but errors'
complete -c colorize -n '__colorize_at watch' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at watch' -l move-to -d 'Where --then move puts it' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at watch' -l quarantine -d 'Where inputs go that cannot be coloured; default: they stay' -r -f -a '(__fish_complete_directories)'
complete -c colorize -n '__colorize_at watch' -l format -d 'png, tiff, webp, jpeg or gif; default: the suffix of -o, else tiff for TIFF and png for all else' -r -f -a 'png tiff webp jpeg gif'
complete -c colorize -n '__colorize_at watch' -l name -d 'Names in --output-dir, of {stem}, {name}, {ext}; default: \'{stem}{ext}\'' -r -f
complete -c colorize -n '__colorize_at watch' -l settle -d 'How long a file must stay the same before it is read, unless it was closed' -r -f
complete -c colorize -n '__colorize_at watch' -l rescan -d 'How often to look at the whole folder, whatever events say' -r -f
complete -c colorize -n '__colorize_at watch' -l patience -d 'How long an incomplete or damaged file must stay the same to be given up' -r -f
complete -c colorize -n '__colorize_at watch' -l poll -d 'Look every 10 or so many seconds instead of waiting for events' -r -f
complete -c colorize -n '__colorize_at watch' -l grace -d 'How long the pictures in hand may take when it is to stop' -r -f
complete -c colorize -n '__colorize_at watch' -l state -d 'Where it notes what is done; default: in $XDG_STATE_HOME' -r -F
complete -c colorize -n '__colorize_at watch' -l size -d 'The longer side that the network sees; default: that of its training' -r -f
complete -c colorize -n '__colorize_at watch' -l quality -d 'Best asks the network about the mirror image as well: twice the time' -r -f -a 'standard best'
complete -c colorize -n '__colorize_at watch' -l reference -d 'Take over the palette of another photo' -r -f -a '(__colorize_images)'
complete -c colorize -n '__colorize_at watch' -l only-gray -d 'Skip pictures that have colours already'
complete -c colorize -n '__colorize_at watch' -l strip -d 'Leave out EXIF, XMP and other metadata'
complete -c colorize -n '__colorize_at watch' -l no-mark -d 'Do not write into metadata what made it; it will not be known again'
complete -c colorize -n '__colorize_at watch' -l max-pixels -d 'Refuse larger pictures, or allow larger ones than usual' -r -f
complete -c colorize -n '__colorize_at watch' -l backend -d 'What computes; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at watch' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at watch' -l precision -d 'How exactly it computes; default: float32' -r -f -a 'auto float32 bfloat16'
complete -c colorize -n '__colorize_at watch' -s j -l jobs -d 'Pictures at a time; default: one for each processor' -r -f
complete -c colorize -n '__colorize_at watch' -s v -l verbose -d 'A line for each picture; -vv: with times'
complete -c colorize -n '__colorize_at watch' -l json -d 'Tell programs on stdout, as JSON Lines'
complete -c colorize -n '__colorize_at watch' -l json-schema -d 'Print what those lines look like, as JSON Schema'
complete -c colorize -n '__colorize_at export' -f -a '(__colorize_models)'
complete -c colorize -n '__colorize_at export' -s o -l output -d 'The file to write, or the folder (savedmodel)' -r -F
complete -c colorize -n '__colorize_at export' -l format -d 'onnx; pt2 with torch; savedmodel or tflite with tensorflow' -r -f -a 'onnx pt2 savedmodel tflite'
complete -c colorize -n '__colorize_at export' -s f -l force -d 'Replace FILE if it is there already'
complete -c colorize -n '__colorize_at export' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at export' -l backend -d 'The framework that exports; see `colorize backends`' -r -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at export' -l device -d 'Where it computes to compare: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at info' -F -a '(__colorize_models)'
complete -c colorize -n '__colorize_at info' -l config -d 'Show what is set for all commands, or for one, and where'
complete -c colorize -n '__colorize_at info' -l json -d 'Print one JSON object a line on stdout'
complete -c colorize -n '__colorize_at info' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at doctor' -l json -d 'Print one JSON object on stdout'
complete -c colorize -n '__colorize_at doctor' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at completion' -f -a 'bash zsh fish'
complete -c colorize -n '__colorize_at completion' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at help' -f -a 'prep train report eval run watch export info doctor completion help backends'
complete -c colorize -n '__colorize_at help' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at backends' -a check -d 'Check that a backend keeps every promise of the contract'
complete -c colorize -n '__colorize_at backends' -l json -d 'Print one JSON array on stdout'
complete -c colorize -n '__colorize_at backends' -s h -l help -d 'Show this message and exit'
complete -c colorize -n '__colorize_at backends check' -f -a '(__colorize_backends)'
complete -c colorize -n '__colorize_at backends check' -l json -d 'Print one JSON object on stdout'
complete -c colorize -n '__colorize_at backends check' -l device -d 'Where it computes: auto, cpu, cuda, ... Never another' -r -f -a 'auto cpu cuda mps'
complete -c colorize -n '__colorize_at backends check' -s h -l help -d 'Show this message and exit'
