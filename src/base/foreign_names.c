#include "foreign_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

typedef struct foreign_name {
    const char *name, *hint;
} foreign_name;

#define CALLED(ours) "rnnsweep calls it '" ours "'"
#define ONE_LAYER    "every network has one recurrent layer"
#define CPU_ONLY     "rnnsweep trains on CPUs, whose number is `--threads`"
#define SEEDS        "replicates are a key of their own beside parameters: seeds: 10"
#define UPDATES      "a run makes 'epochs' passes over 'train_samples', 'batch_size' at a time"
#define VALIDATION   "the validation set is drawn beside the training set: validation_samples: 500"
#define RUNGS        "it is a key beside parameters: early_terminate: {type: successive_halving, ...}"
#define CHECKPOINTS  "it is a key beside parameters: checkpoints: {every: 100}"

static const foreign_name foreign_names[] = {
    {"activation", "the cell decides it: cell: tanh or relu"},
    {"adam_beta1", CALLED("beta1")},
    {"adam_beta2", CALLED("beta2")},
    {"alpha", "the decay of rmsprop is 'lambda', the rate of a leaky cell is 'leak'"},
    {"batch", CALLED("batch_size")},
    {"batchsize", CALLED("batch_size")},
    {"beta_1", CALLED("beta1")},
    {"beta_2", CALLED("beta2")},
    {"betas", "they are two parameters: beta1 and beta2"},
    {"bias", "which biases are trained: biases: both, one or none"},
    {"bidirectional", "networks read their inputs in one direction"},
    {"cell_type", CALLED("cell")},
    {"clip", CALLED("clip_norm")},
    {"clip_grad_norm", CALLED("clip_norm")},
    {"clipnorm", CALLED("clip_norm")},
    {"cuda", CPU_ONLY},
    {"decay", "the decay of rmsprop is 'lambda', that of the weights 'weight_decay'"},
    {"device", CPU_ONLY},
    {"dropout", "there is no dropout"},
    {"dtype", CALLED("precision")},
    {"eps", CALLED("epsilon")},
    {"gpu", CPU_ONLY},
    {"grad_clip", CALLED("clip_norm")},
    {"gradient_clip", CALLED("clip_norm")},
    {"gradient_clipping", CALLED("clip_norm")},
    {"hidden", CALLED("states")},
    {"hidden_dim", CALLED("states")},
    {"hidden_layer_size", CALLED("states")},
    {"hidden_size", CALLED("states")},
    {"hidden_units", CALLED("states")},
    {"init_scale", CALLED("gain")},
    {"initialization", CALLED("init")},
    {"initializer", CALLED("init")},
    {"l2", "decoupled weight decay is 'weight_decay'; there is no L2 term in the loss"},
    {"layers", ONE_LAYER},
    {"learningrate", CALLED("learning_rate")},
    {"lr", CALLED("learning_rate")},
    {"lr_scheduler", CALLED("schedule")},
    {"max_epochs", CALLED("epochs")},
    {"max_grad_norm", CALLED("clip_norm")},
    {"model", CALLED("cell")},
    {"n_epochs", CALLED("epochs")},
    {"n_hidden", CALLED("states")},
    {"n_layers", ONE_LAYER},
    {"n_rnn", CALLED("states")},
    {"n_units", CALLED("states")},
    {"n_seeds", SEEDS},
    {"noise", "there is no noise on states or inputs"},
    {"nonlinearity", "the cell decides it: cell: tanh or relu"},
    {"num_epochs", CALLED("epochs")},
    {"num_layers", ONE_LAYER},
    {"num_seeds", SEEDS},
    {"num_units", CALLED("states")},
    {"opt", CALLED("optimizer")},
    {"optimiser", CALLED("optimizer")},
    {"random_seed", SEEDS},
    {"random_state", SEEDS},
    {"recurrent_initializer", CALLED("recurrent_init")},
    {"rho", CALLED("lambda")},
    {"rnn_type", CALLED("cell")},
    {"scheduler", CALLED("schedule")},
    {"seed", SEEDS},
    {"seeds", SEEDS},
    {"seq_len", CALLED("sequence_length")},
    {"seq_length", CALLED("sequence_length")},
    {"sequence_len", CALLED("sequence_length")},
    {"state_size", CALLED("states")},
    {"steps", UPDATES},
    {"iterations", UPDATES},
    {"n_iterations", UPDATES},
    {"max_iter", UPDATES},
    {"max_steps", UPDATES},
    {"num_steps", UPDATES},
    {"train_steps", UPDATES},
    {"updates", UPDATES},
    {"units", CALLED("states")},
    {"warmup_steps", CALLED("warmup")},
    {"wd", CALLED("weight_decay")},
    {"weightdecay", CALLED("weight_decay")},
    {"check_every", CALLED("check_interval")},
    {"early_stopping", "stop rules are parameters: stop_loss, stop_accuracy and patience"},
    {"early_stopping_patience", CALLED("patience")},
    {"eval_interval", CALLED("check_interval")},
    {"n_validation", CALLED("validation_samples")},
    {"stop_acc", CALLED("stop_accuracy")},
    {"target_loss", CALLED("stop_loss")},
    {"target_accuracy", CALLED("stop_accuracy")},
    {"val_samples", CALLED("validation_samples")},
    {"validation_size", CALLED("validation_samples")},
    {"validation_split", VALIDATION},
    {"val_split", VALIDATION},
    {"validation_interval", CALLED("check_interval")},
    {"eval_every", CALLED("check_interval")},
    {"hyperband", RUNGS},
    {"pruner", RUNGS},
    {"pruning", RUNGS},
    {"successive_halving", RUNGS},
    {"checkpoint_every", CHECKPOINTS},
    {"save_every", CHECKPOINTS},
    {"save_interval", CHECKPOINTS},
    {"log_every", CALLED("loss_interval")},
    {"log_interval", CALLED("loss_interval")},
    {"dataset",
     "a built-in task is task: parity, a file of your own data: FILE, beside parameters"},
    {"dataset_size", CALLED("train_samples")},
    {"n_samples", CALLED("train_samples")},
    {"n_train", CALLED("train_samples")},
    {"num_samples", CALLED("train_samples")},
    {"num_train", CALLED("train_samples")},
    {"train_size", CALLED("train_samples")},
    {"n_test", CALLED("test_samples")},
    {"num_test", CALLED("test_samples")},
    {"test_size", CALLED("test_samples")},
    {"arch", CALLED("cell")},
    {"architecture", CALLED("cell")},
    {"network", CALLED("cell")},
    {"cell_size", CALLED("states")},
    {"n_states", CALLED("states")},
    {"num_hidden", CALLED("states")},
    {"num_states", CALLED("states")},
    {"rnn_size", CALLED("states")},
    {"criterion", CALLED("loss_function")},
    {"loss", CALLED("loss_function")},
    {"loss_fn", CALLED("loss_function")},
    {"eta", CALLED("learning_rate")},
    {"rate", CALLED("learning_rate")},
    {"step_size", CALLED("learning_rate")},
    {"h0", CALLED("initial_state")},
    {"max_length", CALLED("sequence_length")},
    {"min_length", CALLED("shortest_length")},
    {"use_bias", "which biases are trained: biases: both, one or none"},
};

#define SAYS(word)     "rnnsweep says '" word "'"
#define PLAIN_CELL     "a plain recurrent network has cell tanh, or relu"
#define TWO_PRECISIONS "training is in float32 or float64"

static const struct {
    const char *parameter, *word, *hint;
} foreign_words[] = {
    {"cell", "rnn", PLAIN_CELL},
    {"cell", "elman", PLAIN_CELL},
    {"cell", "simple_rnn", PLAIN_CELL},
    {"cell", "vanilla", PLAIN_CELL},
    {"cell", "vanilla_rnn", PLAIN_CELL},
    {"optimizer", "adamw", "adam with weight_decay is AdamW"},
    {"optimizer", "momentum", "it is sgd with momentum"},
    {"optimizer", "nesterov", "it is sgd with momentum and nesterov: true"},
    {"loss_function", "bce", SAYS("cross_entropy")},
    {"loss_function", "ce", SAYS("cross_entropy")},
    {"loss_function", "nll", SAYS("cross_entropy")},
    {"loss_function", "mse", SAYS("squared_error")},
    {"precision", "double", SAYS("float64")},
    {"precision", "fp64", SAYS("float64")},
    {"precision", "float", SAYS("float32")},
    {"precision", "fp32", SAYS("float32")},
    {"precision", "single", SAYS("float32")},
    {"precision", "bfloat16", TWO_PRECISIONS},
    {"precision", "float16", TWO_PRECISIONS},
    {"precision", "half", TWO_PRECISIONS},
    {"init", "glorot", SAYS("glorot_uniform")},
    {"init", "xavier", SAYS("glorot_uniform")},
    {"init", "xavier_uniform", SAYS("glorot_uniform")},
    {"init", "xavier_normal", SAYS("glorot_normal")},
    {"init", "pytorch", SAYS("torch")},
    {"recurrent_init", "eye", SAYS("identity")},
    {"schedule", "none", SAYS("constant")},
    {"task", "copy", SAYS("copy_memory")},
    {"task", "xor", "the running exclusive or is task parity"},
    {"task", "anbn", "it is task counting with letters 2"},
    {"task", "anbncn", "it is task counting with letters 3"},
};

static char plain(char letter)
{
    return letter == '-' ? '_' : (char)tolower((unsigned char)letter);
}

static bool equal(const char *name, size_t length, const char *known)
{
    size_t i = 0;
    while (i < length && known[i] != '\0' && plain(name[i]) == known[i])
        i++;
    return i == length && known[i] == '\0';
}

const char *rs_foreign_name_hint(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof foreign_names / sizeof foreign_names[0]; i++)
        if (equal(name, length, foreign_names[i].name))
            return foreign_names[i].hint;
    return NULL;
}

const char *rs_foreign_word_hint(const char *parameter, const char *word)
{
    for (size_t i = 0; i < sizeof foreign_words / sizeof foreign_words[0]; i++)
        if (strcmp(parameter, foreign_words[i].parameter) == 0 &&
            equal(word, strlen(word), foreign_words[i].word))
            return foreign_words[i].hint;
    return NULL;
}
