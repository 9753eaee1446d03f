"""The checks by name: what the contract promises, in one list."""

from typing import Final

from colorize_cli.testing import (
    care_checks,
    color_checks,
    export_checks,
    network_checks,
    plugin_checks,
    schedule_checks,
    state_checks,
    training_checks,
)
from colorize_cli.testing.check import ANY, EXPORT_ONNX, INFER, TRAIN, Check

ARRIVAL: Final = (
    Check(
        "light-import",
        "Importing the plug-in and probing it imports no framework.",
        ANY,
        plugin_checks.imports_no_framework,
    ),
    Check(
        "quiet-start",
        "Nothing reaches stdout when it is imported, probed and used for the first time.",
        ANY,
        plugin_checks.starts_quietly,
    ),
    Check(
        "contract",
        "It has all members and the version of the contract, and can do what it says.",
        ANY,
        plugin_checks.satisfies_the_contract,
    ),
    Check(
        "probe",
        "The probe is truthful: every device that it lists colours, and says that it does.",
        ANY,
        plugin_checks.probes_truthfully,
    ),
)
COLOR: Final = (
    Check(
        "shape",
        "Colour is (N, C, H, W) for any number of pictures and any multiples of the stride.",
        INFER,
        color_checks.gives_the_shape,
    ),
    Check("type", "Colour is a NumPy array of float32.", INFER, color_checks.gives_float32),
    Check("range", "Colour is finite and in [-1, 1].", INFER, color_checks.stays_in_range),
    Check(
        "parity",
        "Colour is the reference's within 1e-4, for ab and rgb, with and without skips.",
        INFER,
        color_checks.computes_as_the_reference,
    ),
    Check(
        "every-layer",
        "A network of all kinds of layer gives the reference's colour within 1e-4.",
        INFER,
        color_checks.computes_every_layer,
    ),
    Check(
        "batch",
        "A picture has the same colour in a batch as alone.",
        INFER,
        color_checks.colours_batches_as_singles,
    ),
    Check(
        "repeatable",
        "The same gray gives the same colour at every call, from every colorizer.",
        INFER,
        color_checks.repeats_itself,
    ),
    Check(
        "precision",
        "bfloat16 is honoured or refused, never ignored.",
        INFER,
        color_checks.honours_the_precision,
    ),
)
CARE: Final = (
    Check("input", "The gray picture is left as it was.", INFER, care_checks.leaves_the_input),
    Check(
        "layouts",
        "Read-only and non-contiguous gray is taken.",
        INFER,
        care_checks.takes_any_memory_layout,
    ),
    Check(
        "results",
        "A result belongs to the caller: later calls neither change it nor depend on it.",
        INFER,
        care_checks.keeps_earlier_results,
    ),
    Check(
        "model", "The model's weights are left as they were.", INFER, care_checks.leaves_the_model
    ),
    Check(
        "device",
        "A device that is not there is refused, never replaced by another.",
        INFER,
        care_checks.refuses_absent_devices,
    ),
    Check(
        "model-file",
        "A model that was saved and read colours as the one in memory.",
        INFER,
        care_checks.reads_model_files,
    ),
    Check(
        "weights",
        "The weights in memory decide, whatever has become of the file they came from.",
        INFER,
        care_checks.heeds_the_weights,
    ),
    Check(
        "quiet",
        "Nothing reaches stdout while it loads a model and colours.",
        INFER,
        care_checks.colours_quietly,
    ),
)
TRAINING: Final = (
    Check(
        "losses",
        "A step gives the four losses of the reference, as Python floats.",
        TRAIN,
        training_checks.gives_the_losses,
    ),
    Check(
        "statistics",
        "A step moves the running means and unbiased variances by a tenth.",
        TRAIN,
        training_checks.moves_running_statistics,
    ),
    Check("adam", "A step updates as Adam's formula says.", TRAIN, training_checks.updates_as_adam),
    Check(
        "learning",
        "Two steps on one batch lower the loss that counts.",
        TRAIN,
        training_checks.lowers_the_loss,
    ),
    Check(
        "rate",
        "The rate multiplies the learning rate of a step; at 0 nothing that is learnt changes.",
        TRAIN,
        schedule_checks.heeds_the_rate,
    ),
    Check(
        "warm-up",
        "Warming up, the generator learns from L1 alone, and the discriminator is left alone.",
        TRAIN,
        schedule_checks.warms_up,
    ),
    Check(
        "average",
        "The generator's average moves as its formula says, running statistics included.",
        TRAIN,
        schedule_checks.averages_the_generator,
    ),
    Check(
        "micro-batch",
        "A batch learnt in parts has the mean of the parts' gradients, weighted by their size.",
        TRAIN,
        schedule_checks.learns_in_parts,
    ),
    Check(
        "micro-batch-whole",
        "A batch that fits into one part is learnt as without a limit.",
        TRAIN,
        schedule_checks.learns_whole_what_is_small_enough,
    ),
    Check("sizes", "Steps take pictures of any size.", TRAIN, network_checks.takes_any_size),
    Check(
        "spectral-norm",
        "Each pass of the discriminator moves its spectral norms: the generated pictures' first.",
        TRAIN,
        network_checks.moves_spectral_norms,
    ),
    Check(
        "dropout",
        "Dropout follows from seed and step, so that training can go on, and only training has it.",
        TRAIN,
        network_checks.drops_by_seed_and_step,
    ),
    Check("l1-weights", "L1 heeds its weight of chroma.", TRAIN, network_checks.weighs_chroma),
    Check(
        "network-rates",
        "The rates of encoder and discriminator multiply those of just their parameters.",
        TRAIN,
        network_checks.heeds_the_networks_rates,
    ),
    Check(
        "training-input", "Batches are left as they were.", TRAIN, training_checks.leaves_the_batch
    ),
    Check(
        "training-layouts",
        "Read-only and non-contiguous batches are taken.",
        TRAIN,
        training_checks.trains_on_any_memory_layout,
    ),
    Check(
        "generate",
        "A CGAN generates what a colorizer of its weights, or their average, gives, within 1e-4.",
        TRAIN,
        training_checks.generates_as_a_colorizer,
    ),
    Check(
        "generate-apart",
        "Generating changes nothing in training.",
        TRAIN,
        training_checks.generates_without_a_trace,
    ),
    Check(
        "training-quiet",
        "Nothing reaches stdout while it trains.",
        TRAIN,
        training_checks.trains_quietly,
    ),
    Check(
        "training-place",
        "It trains where it was asked to.",
        TRAIN,
        training_checks.trains_where_asked,
    ),
    Check(
        "training-device",
        "A device that is not there is refused for training, never replaced.",
        TRAIN,
        care_checks.refuses_to_train_on_absent_devices,
    ),
)
STATE: Final = (
    Check(
        "state-names",
        "A state has the names, shapes and types of core.cgan_state.",
        TRAIN,
        state_checks.names_its_state,
    ),
    Check(
        "seed",
        "Training starts from the numbers that every backend draws from the seed.",
        TRAIN,
        state_checks.starts_from_the_seed,
    ),
    Check(
        "training-repeatable",
        "The same seed and batches train to the same state.",
        TRAIN,
        state_checks.repeats_training,
    ),
    Check(
        "state-copies",
        "A state is a copy, when it is taken and when it is given.",
        TRAIN,
        state_checks.copies_its_state,
    ),
    Check(
        "restore",
        "A restored CGAN trains on identically, with both optimizers.",
        TRAIN,
        state_checks.continues_from_a_state,
    ),
    Check(
        "foreign-state",
        "A state that does not fit is refused, and changes nothing.",
        TRAIN,
        state_checks.refuses_foreign_states,
    ),
)
EXPORT: Final = (
    Check(
        "export",
        "An exported ONNX file colours as the backend does, within 1e-4.",
        EXPORT_ONNX,
        export_checks.exports_what_it_computes,
    ),
    Check(
        "export-form",
        "An unknown form of export is refused, and nothing is written.",
        EXPORT_ONNX,
        export_checks.refuses_unknown_forms,
    ),
)
FOR_COLOURING: Final = (*ARRIVAL, *COLOR, *CARE)
"""The promises of every backend that colours."""
FOR_TRAINING: Final = (*TRAINING, *STATE, *EXPORT)
"""The promises of those that train and export as well."""
CHECKS: Final = (*FOR_COLOURING, *FOR_TRAINING)
