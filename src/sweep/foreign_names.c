#include "foreign_names.h"

#include <ctype.h>
#include <stddef.h>

typedef struct foreign_name {
    const char *name, *hint;
} foreign_name;

#define CALLED(ours) "rnnsweep calls it '" ours "'"
#define ONE_LAYER    "every network has one recurrent layer"
#define CPU_ONLY     "rnnsweep trains on CPUs, whose number is `--threads`"
#define SEEDS        "replicates are a key of their own beside parameters: seeds: 10"

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
    {"steps", "a run makes 'epochs' passes over 'train_samples', 'batch_size' at a time"},
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
    {"validation_split",
     "the validation set is drawn beside the training set: validation_samples: 500"},
    {"val_split", "the validation set is drawn beside the training set: validation_samples: 500"},
    {"validation_interval", CALLED("check_interval")},
    {"eval_every", CALLED("check_interval")},
};

static char plain(char letter)
{
    return letter == '-' ? '_' : (char)tolower((unsigned char)letter);
}

static int equal(const char *name, const char *known)
{
    while (*name != '\0' && plain(*name) == *known)
        name++, known++;
    return *name == *known;
}

const char *rs_foreign_name_hint(const char *name)
{
    for (size_t i = 0; i < sizeof foreign_names / sizeof foreign_names[0]; i++)
        if (equal(name, foreign_names[i].name))
            return foreign_names[i].hint;
    return NULL;
}
