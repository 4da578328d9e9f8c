# Reading a results file. It is plain netCDF-4/HDF5; it is opened for each question and closed again,
# so that a file which is still being written is seen as it stands.

DONE <- "done"
DIVERGED <- "diverged"
FINISHED <- c(DONE, DIVERGED)

#' Open a results file
#'
#' A process of its own first makes sure that the file can be opened: it may be damaged, or lead to
#' other files. Files of other versions open as well: a parameter that the file lacks has its default,
#' choices are read by the file's own words, and a run that sets a parameter which this package does
#' not know is in no statistic. [weights_of()] and [predict()] compare the run that they use with its
#' checksum, and refuse one that is damaged.
#'
#' @param path The file that `rnnsweep run` or `rnnsweep merge` wrote; it may be in the writing.
#' @param check Whether tables, and statistics of these results, also compare the numbers of all runs
#'   with their checksums, which takes a fifth longer: damaged runs are left out, with a
#'   warning. Loss curves are not compared: `rnnsweep verify` does that.
#' @return An object of class `rnnsweep_results`, which the other functions of this package take. It
#'   holds no open file.
#' @examples
#' \dontrun{
#' results <- open_results("results/states-momentum.h5")
#' head(success_rates(results))
#' }
#' @export
open_results <- function(path, check = FALSE) {
  inspect(path)
  read_results(path, check)
}

# Without a look at the file by another process first.
read_results <- function(path, check = FALSE) {
  results <- structure(list(path = normalizePath(path), check = check), class = "rnnsweep_results")
  with_file(results, function(nc) {
    layout <- ncdf4::ncatt_get(nc, 0, "rnnsweep_layout")
    if (!layout$hasatt) stop(path, " is no results file of rnnsweep", call. = FALSE)
    if (!layout$value %in% LAYOUTS)
      stop(path, ": has layout ", layout$value, "; this package reads 1 to 2", call. = FALSE)
    if (check && is.null(nc$var$crc32c_head))
      stop(path, ": has no checksums of numbers alone, as files of layout 1; `rnnsweep verify` ",
           "checks it", call. = FALSE)
    results$title <<- ncdf4::ncatt_get(nc, 0, "title")$value
    metric <- ncdf4::ncatt_get(nc, 0, "rnnsweep_metric")
    goal <- ncdf4::ncatt_get(nc, 0, "rnnsweep_goal")
    results$metric <<- list(name = if (metric$hasatt) metric$value else "test_accuracy",
                            maximizes = !goal$hasatt || goal$value != "minimize")
    results$defaults <<- parameters_of(nc)
    results$parameters <<- names(results$defaults)
  })
  results
}

with_file <- function(results, ask) {
  nc <- ncdf4::nc_open(results$path)
  on.exit(ncdf4::nc_close(nc))
  ask(nc)
}

#' @export
print.rnnsweep_results <- function(x, ...) {
  table <- run_table(x, finished = FALSE)
  cat("<rnnsweep results> ", x$title, "\n  file    ", x$path, "\n  runs    ", nrow(table), ": ",
      paste(table(table$status), levels(table$status), collapse = ", "), "\n  swept   ",
      paste(swept(table), collapse = ", "), "\n  checked ",
      if (x$check) "the numbers of all runs" else "no checksums yet, see ?open_results", "\n",
      sep = "")
  invisible(x)
}

# The parameters that this package knows, with the value that changes nothing.
DEFAULTS <- list(
  states = 3L, learning_rate = 0.05, lambda = 0.5, momentum = 0.8, epsilon = 1e-6,
  epsilon_placement = "denominator", precision = "float32", sequence_length = 16L,
  train_samples = 2000L, test_samples = 1000L, batch_size = 100L, batching = "disjoint",
  epochs = 5L, loss_interval = 1L, gradient_check = FALSE, data_seed = -1,
  optimizer = "rmsprop", nesterov = TRUE, beta1 = 0.9, beta2 = 0.999, weight_decay = 0,
  clip_norm = NaN, schedule = "constant", warmup = 0L, shuffle = FALSE, recorded_loss = "after",
  initial_state = "trained", biases = "both", init = "glorot_uniform", recurrent_init = "same",
  gain = 1, recurrent_gain = 1, cell = "tanh", leak = 1, forget_bias = 0,
  task = "addition", loss_function = "task", readout = "task", shortest_length = -1L,
  fresh_data = FALSE, all_sequences = FALSE, modulus = 5L, delay = 100L, channels = 3L,
  pulse_probability = 0.5, grammar = 4L, letters = 3L, count_alpha = 1, count_beta = 1, pairs = 2L,
  input_noise = 1, train_fraction = 1, validation_samples = 0L, stop_loss = NaN,
  stop_accuracy = NaN, patience = -1L, check_interval = -1L)

# Whole numbers that may be none, which is -1 in the file.
WHOLE_OR_NONE <- c("data_seed", "shortest_length", "patience", "check_interval")

# NA for none.
missing_none <- function(values, name) {
  if (name %in% WHOLE_OR_NONE) values[values %in% -1] <- NA
  if (is.numeric(values)) values[is.nan(values)] <- NA
  values
}

# The parameters of a file in its order, then those that it lacks, with their defaults: those of the
# package, else of the file; NA where that has none.
parameters_of <- function(nc) {
  coordinates <- strsplit(ncdf4::ncatt_get(nc, "test_accuracy", "coordinates")$value, " ")[[1]]
  of_runs <- Filter(function(name) {
    dimensions <- vapply(nc$var[[name]]$dim, function(dimension) dimension$name, "")
    identical(dimensions, "run")
  }, names(nc$var))
  described <- Filter(function(name) ncdf4::ncatt_get(nc, name, "default")$hasatt, of_runs)
  found <- setdiff(intersect(union(coordinates, described), of_runs), c("run", "seed", "status"))
  default <- function(name) {
    if (!is.null(DEFAULTS[[name]])) return(DEFAULTS[[name]])
    own <- ncdf4::ncatt_get(nc, name, "default")
    if (!own$hasatt) return(NA)
    words <- words_of(nc, name)
    if (is.null(words) || is.character(own$value)) own$value else
      names(words)[match(own$value, words)]
  }
  c(lapply(stats::setNames(nm = found), default), DEFAULTS[setdiff(names(DEFAULTS), found)])
}

# The numbers of a choice in this file, named by its words; NULL for what is no choice.
words_of <- function(nc, name) {
  meanings <- ncdf4::ncatt_get(nc, name, "flag_meanings")
  if (!meanings$hasatt) return(NULL)
  words <- strsplit(meanings$value, " ")[[1]]
  codes <- ncdf4::ncatt_get(nc, name, "flag_values")
  stats::setNames(if (codes$hasatt) codes$value else seq_along(words) - 1, words)
}

# One column over runs; named choices become factors, flags logical.
read_column <- function(nc, name) {
  values <- as.vector(ncdf4::ncvar_get(nc, name))
  words <- words_of(nc, name)
  if (is.null(words)) return(values)
  if (!all(values %in% words)) stop("/", name, " holds a value out of range", call. = FALSE)
  if (setequal(names(words), c("false", "true"))) return(values == words[["true"]])
  factor(values, words, names(words))
}

# A parameter's column, or its default where the file has none.
read_parameter <- function(nc, name, default) {
  if (!is.null(nc$var[[name]])) return(read_column(nc, name))
  rep(if (is.character(default)) factor(default) else default, nc$dim$run$len)
}

# Whether each row sets a parameter that this package does not know.
is_foreign <- function(table, defaults) {
  foreign <- rep(FALSE, nrow(table))
  for (name in setdiff(names(defaults), names(DEFAULTS))) {
    value <- if (is.factor(table[[name]])) as.character(table[[name]]) else table[[name]]
    default <- defaults[[name]]
    same <- if (is.numeric(default) && is.nan(default)) is.na(value) else value == default
    foreign <- foreign | is.na(same) | !same
  }
  foreign
}

# What a run leaves, a number each. A file may lack some.
OUTCOMES <- c("initial_loss", "final_loss", "diverged_at", "updates", "solved_at", "rungs_reached",
              "test_bit_accuracy", "test_accuracy", "test_loss", "wall_time")
STOP_REASONS <- c("end", "stop_loss", "stop_accuracy", "patience", "diverged", "rung")

#' Table of runs
#'
#' @param results From [open_results()].
#' @param finished Only runs that are done or diverged. Statistics of sweeps with `early_terminate`
#'   need the runs that were stopped as well: give them the results, or a table with
#'   `finished = FALSE`.
#' @return A data frame with one row per run: `run`, every parameter, `seed`, `status` (factor
#'   pending, done, diverged, failed, stopped at a rung), `initial_loss`, `final_loss` (cross entropy), `diverged_at`
#'   (updates; -1: never), `updates` (made), `solved_at` (update of the first check at which
#'   `stop_loss` or `stop_accuracy` held; -1: never), `rungs_reached` (rungs of `early_terminate` at
#'   which the run was measured; see [at_rungs()]), `stop_reason` (factor), `test_bit_accuracy`, `test_accuracy` (shares, 0 to 1),
#'   `test_loss` (of all tasks but addition) and `wall_time` (seconds). What a file does not say is
#'   `NA`. Losses and accuracies of runs that are not done are `NA`. For none, real parameters are
#'   `NaN` and whole ones, such as `data_seed`, -1, as in the file; what is printed says none. Where
#'   runs were stopped at rungs, and with `finished = FALSE`, what runs were there follows in columns
#'   such as `test_accuracy_at_10_epochs`. Runs
#'   that set a parameter which this package does not know are left out of the finished ones, with a
#'   warning.
#' @export
run_table <- function(results, finished = TRUE) {
  table <- with_file(results, function(nc) {
    status <- read_column(nc, "status") # first: a row is written before its status
    parameters <- Map(function(name, default) read_parameter(nc, name, default),
                      results$parameters, results$defaults)
    read <- function(name)
      if (is.null(nc$var[[name]]) && is.null(nc$dim[[name]])) NA_real_ else read_column(nc, name)
    columns <- lapply(stats::setNames(nm = c("run", "seed", OUTCOMES)), read)
    table <- data.frame(columns["run"], parameters, columns["seed"], status = status,
                        columns[OUTCOMES], stop_reason = read_stop_reason(nc))
    if (any(status == STOPPED) && !finished) {
      at_rungs <- rung_columns(nc)
      table[names(at_rungs)] <- at_rungs
    }
    if (results$check) without_damaged(table, intact_numbers(nc)) else table
  })
  table[table$status == "pending", c(OUTCOMES, "stop_reason")] <- NA
  for (name in OUTCOMES) table[[name]][is.nan(table[[name]])] <- NA
  for (name in c("updates", "rungs_reached")) table[[name]][table[[name]] %in% -1] <- NA
  if (finished) table <- without_foreign(table[table$status %in% FINISHED, ], results$defaults)
  attr(table, "parameters") <- results$parameters
  attr(table, "metric") <- results$metric
  table
}

# Why each run ended, as a factor; NA where it is not known.
read_stop_reason <- function(nc) {
  if (is.null(nc$var[["stop_reason"]])) return(factor(rep(NA, nc$dim$run$len), STOP_REASONS))
  values <- as.vector(ncdf4::ncvar_get(nc, "stop_reason"))
  words <- words_of(nc, "stop_reason")
  factor(values, words, names(words))
}

without_damaged <- function(table, intact) {
  if (is.null(intact))
    stop("the checksums cover numbers that R cannot hold: `rnnsweep verify` checks them",
         call. = FALSE)
  damaged <- !intact & table$status != "pending"
  if (any(damaged))
    warning(sum(damaged), " of ", nrow(table), " runs are damaged and left out: `rnnsweep verify` ",
            "names them", call. = FALSE)
  table[!damaged, , drop = FALSE]
}

without_foreign <- function(table, defaults) {
  foreign <- is_foreign(table, defaults)
  if (any(foreign))
    warning(sum(foreign), " of ", nrow(table), " runs are in no statistic: they set a parameter ",
            "that this version of the package does not know", call. = FALSE)
  table[!foreign, , drop = FALSE]
}

#' Parameters that take more than one value
#'
#' @param table From [run_table()], or results from [open_results()].
#' @return Their names; the seed is none of them.
#' @export
swept <- function(table) {
  table <- as_table(table)
  found <- Filter(function(name) length(unique(table[[name]])) > 1, attr(table, "parameters"))
  setdiff(found, followers_of_task(table, found))
}

# What may follow the task: the extents of its data, and parameters that belong to some tasks.
OF_TASK <- c("sequence_length", "train_samples", "test_samples", "shortest_length", "fresh_data",
             "all_sequences", "modulus", "delay", "channels", "pulse_probability", "grammar",
             "letters", "count_alpha", "count_beta", "pairs", "input_noise", "validation_samples")

# Of the parameters that vary, those that only follow the task, and steps that follow the delay of
# copy_memory.
followers_of_task <- function(table, found) {
  if (!any(c("task", "delay") %in% found)) return(character())
  Filter(function(name) {
    by <- if (name == "sequence_length") paste(table$task, table$delay) else table$task
    all(tapply(table[[name]], by, function(values) length(unique(values))) == 1, na.rm = TRUE)
  }, intersect(OF_TASK, found))
}

# Some of the rows, which keep what is known of the table.
rows_of <- function(table, rows) {
  kept <- table[rows, , drop = FALSE]
  for (name in c("parameters", "metric")) attr(kept, name) <- attr(table, name)
  kept
}

as_table <- function(runs) {
  if (inherits(runs, "rnnsweep_results")) {
    table <- run_table(runs, finished = FALSE)
    runs <- without_foreign(table, runs$defaults)
    for (name in c("parameters", "metric")) attr(runs, name) <- attr(table, name)
  }
  if (is.null(attr(runs, "parameters"))) {
    attr(runs, "parameters") <- setdiff(
      grep(AT_RUNG, names(runs), value = TRUE, invert = TRUE),
      c("run", "seed", "status", "stop_reason", OUTCOMES))
  }
  runs
}

# Place of a run in the file.
row_of_run <- function(nc, run) {
  row <- match(run, ncdf4::ncvar_get(nc, "run"))
  if (anyNA(row)) stop("there is no run ", run[is.na(row)][1], call. = FALSE)
  row
}

#' Loss curves
#'
#' @param results From [open_results()].
#' @param runs Numbers of the runs.
#' @return A matrix of cross entropies, one row per run, one column per recorded update, which the
#'   column names give; `NA` where a run recorded none.
#' @export
loss_curves <- function(results, runs) {
  with_file(results, function(nc) {
    rows <- row_of_run(nc, runs)
    steps <- as.vector(ncdf4::ncvar_get(nc, "step"))
    curves <- matrix(NA_real_, length(runs), length(steps), dimnames = list(runs, steps))
    if (length(runs) == 0) return(curves)
    # One read for each stretch of neighbouring rows.
    order <- order(rows)
    stretch <- cumsum(c(TRUE, diff(rows[order]) != 1))
    for (places in split(order, stretch)) {
      read <- ncdf4::ncvar_get(nc, "loss", c(1, rows[places[1]]), c(-1, length(places)),
                               collapse_degen = FALSE)
      curves[places, ] <- t(matrix(read, length(steps)))
    }
    curves[is.nan(curves)] <- NA
    curves
  })
}

#' What runs were at rungs
#'
#' Measured at the rungs of `early_terminate`, of runs that were stopped at one and of those that went
#' on.
#'
#' @param results From [open_results()].
#' @param what Which outcome.
#' @param runs Numbers of the runs; `NULL`: all.
#' @return A matrix, one row per run, one column per rung, which the column names give in epochs or
#'   updates, as the attribute `unit` says; `NA` where a run did not come to the rung.
#' @export
at_rungs <- function(results, what = c("test_accuracy", "test_bit_accuracy", "test_loss",
                                       "final_loss"), runs = NULL) {
  what <- paste0(match.arg(what), "_by_rung")
  with_file(results, function(nc) {
    if (is.null(nc$var[[what]]))
      stop("these results have no rungs: the sweep has no early_terminate", call. = FALSE)
    if (is.null(runs)) runs <- as.vector(ncdf4::ncvar_get(nc, "run"))
    values <- ncdf4::ncvar_get(nc, what, collapse_degen = FALSE) # [rung, run]
    values <- t(values[, row_of_run(nc, runs), drop = FALSE])
    values[is.nan(values)] <- NA
    dimnames(values) <- list(runs, as.vector(ncdf4::ncvar_get(nc, "rung")))
    structure(values, unit = ncdf4::ncatt_get(nc, "rung", "units")$value)
  })
}

#' Trained weights of one run
#'
#' A run whose checksum shows damage is refused.
#'
#' @param results From [open_results()].
#' @param run Its number.
#' @param checkpoint Updates after which the weights are wanted, one of the `checkpoints` of the sweep;
#'   `NULL`: those in the end.
#' @return A list in the orientation of the notebook, for I inputs, H states and O outputs (2 and 1 of
#'   networks that add): `S0` (H) the first state, `W_in` (I x H), `b_in` (H), `W_rec` (H x H, from and
#'   to), `b_rec` (H), `W_out` (H x O), `b_out` (O). With G gates (gru: r, z, n; lstm: i, f, g, o; mgu:
#'   f, n), `W_in` is I x G x H, `W_rec` H x G x H, `b_in` and `b_rec` G x H, and lstm has `C0` (H).
#'   Attributes `cell` and `leak` say what the network is.
#' @export
weights_of <- function(results, run, checkpoint = NULL) {
  with_file(results, function(nc) {
    row <- row_of_run(nc, run)
    group <- group_of_run(nc, run)
    stop_if_damaged(nc, row, run, group)
    place <- match(run, ncdf4::ncvar_get(nc, paste0(group, "run_id")))
    at <- place_of_checkpoint(nc, checkpoint)
    tensor <- function(name) {
      path <- paste0(group, name)
      rank <- nc$var[[path]]$ndims
      own <- nc$var[[path]]$size[-rank]
      last <- c(at, place) # the checkpoint and the run: R sees the dimensions in reverse
      values <- ncdf4::ncvar_get(nc, paste0(path, if (!is.null(at)) "_at"),
                                 c(rep(1, rank - 1), last), c(rep(-1, rank - 1), rep(1, length(last))))
      if (!is.null(at) && anyNA(values))
        stop("run ", run, " did not come to update ", checkpoint, call. = FALSE)
      if (rank == 2) as.vector(values)
      else aperm(array(values, own), rev(seq_len(rank - 1)))
    }
    names <- intersect(TENSORS, basename(grep(paste0("^", group), names(nc$var), value = TRUE)))
    structure(lapply(stats::setNames(nm = names), tensor), cell = value_of_run(nc, run, "cell"),
              leak = value_of_run(nc, run, "leak"))
  })
}

TENSORS <- c("S0", "C0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")

# "weights/<group>/" of a run: there is one for each cell, and numbers of inputs, states and outputs.
group_of_run <- function(nc, run) {
  groups <- paste0(dirname(grep("^weights/[^/]+/S0$", names(nc$var), value = TRUE)), "/")
  width <- paste0("_(H)?", ncdf4::ncvar_get(nc, "states", row_of_run(nc, run), 1), "(_|/)")
  for (group in groups[order(!grepl(width, groups))]) # the likely ones first
    if (run %in% ncdf4::ncvar_get(nc, paste0(group, "run_id"))) return(group)
  stop("the file has no weights of run ", run, call. = FALSE)
}

# Place of a checkpoint in the file, NULL for none.
place_of_checkpoint <- function(nc, checkpoint) {
  if (is.null(checkpoint)) return(NULL)
  updates <- if (is.null(nc$dim$checkpoint)) numeric() else ncdf4::ncvar_get(nc, "checkpoint")
  place <- match(checkpoint, updates)
  if (is.na(place))
    stop("these results have no checkpoint at update ", checkpoint, call. = FALSE)
  place
}

# A parameter of a run; its default where the file lacks it.
value_of_run <- function(nc, run, name) {
  if (is.null(nc$var[[name]])) return(DEFAULTS[[name]])
  value <- ncdf4::ncvar_get(nc, name, row_of_run(nc, run), 1)
  words <- words_of(nc, name)
  if (is.null(words)) value else names(words)[match(value, words)]
}

#' Add numbers with a trained network
#'
#' The forward pass in double precision: s = tanh(x W_in + b_in + s W_rec + b_rec), or the step of
#' another cell, bit by bit from the least significant, z = s W_out + b_out, and
#' y = 1 / (1 + exp(-z)); a bit is 1 when z > 0.
#'
#' @param object From [open_results()].
#' @param run Number of the run.
#' @param a,b Whole numbers from 0, of equal lengths, below 2^(sequence_length - 1).
#' @param checkpoint As of [weights_of()].
#' @param ... Ignored.
#' @return A data frame with `a`, `b`, `sum`, `answer` of the network and `right`; its attribute
#'   `outputs` is the matrix of probabilities of a 1, one row per sum, one column per bit.
#' @export
predict.rnnsweep_results <- function(object, run, a, b, checkpoint = NULL, ...) {
  length <- with_file(object, function(nc) {
    row <- row_of_run(nc, run)
    if (!read_column(nc, "status")[row] %in% c(DONE, STOPPED)) stop("run ", run, " is not done", call. = FALSE)
    task <- value_of_run(nc, run, "task")
    if (task != "addition")
      stop("run ", run, " has the task ", task, ", and only networks of addition add numbers: ",
           "trajectories(what = \"outputs\") gives the outputs of any network", call. = FALSE)
    ncdf4::ncvar_get(nc, "sequence_length", row, 1)
  })
  below <- 2^min(length - 1, 52) # whole numbers are exact in R up to 2^53
  stopifnot("a and b differ in length" = length(a) == length(b),
            "a and b must be whole numbers below 2^(sequence_length - 1)" =
              all(c(a, b) >= 0 & c(a, b) < below & c(a, b) == floor(c(a, b))))
  logits <- network_logits(weights_of(object, run, checkpoint), a, b, length)
  answer <- as.vector((logits > 0) %*% 2^(seq_len(length) - 1))
  structure(data.frame(a = a, b = b, sum = a + b, answer = answer, right = answer == a + b),
            outputs = stats::plogis(logits))
}

network_logits <- function(weights, a, b, length) {
  bit <- function(number, place) floor(number / 2^place) %% 2
  rows <- function(bias) matrix(bias, length(a), length(bias), byrow = TRUE)
  state <- rows(weights$S0)
  memory <- if (is.null(weights$C0)) NULL else rows(weights$C0)
  logits <- matrix(NA_real_, length(a), length)
  for (place in seq_len(length)) {
    x <- cbind(bit(a, place - 1), bit(b, place - 1))
    after <- cell_step(weights, x, state, memory, rows)
    state <- after$state
    memory <- after$memory
    logits[, place] <- state %*% weights$W_out + rows(weights$b_out)
  }
  logits
}

# State and memory after a step; see the equations of docs/parameters.md.
cell_step <- function(weights, x, state, memory, rows) {
  gate <- function(tensor, number) # of one gate: a matrix, or a bias
    if (length(dim(tensor)) == 3) matrix(tensor[, number, ], dim(tensor)[1]) else
      if (length(dim(tensor)) == 2) tensor[number, ] else tensor
  given <- function(number)
    x %*% gate(weights$W_in, number) + rows(gate(weights$b_in, number))
  recurrent <- function(number)
    state %*% gate(weights$W_rec, number) + rows(gate(weights$b_rec, number))
  open <- function(number) stats::plogis(given(number) + recurrent(number))
  cell <- attr(weights, "cell")
  if (cell == "gru") {
    update <- open(2)
    new <- tanh(given(3) + open(1) * recurrent(3))
    return(list(state = (1 - update) * new + update * state, memory = memory))
  }
  if (cell == "mgu") {
    forget <- open(1)
    new <- tanh(given(2) + forget * recurrent(2))
    return(list(state = (1 - forget) * state + forget * new, memory = memory))
  }
  if (cell == "lstm") {
    memory <- open(2) * memory + open(1) * tanh(given(3) + recurrent(3))
    return(list(state = open(4) * tanh(memory), memory = memory))
  }
  activation <- x %*% weights$W_in + rows(weights$b_in) + state %*% weights$W_rec +
    rows(weights$b_rec)
  new <- if (cell == "relu") pmax(activation, 0) else tanh(activation)
  leak <- attr(weights, "leak")
  list(state = if (leak == 1) new else (1 - leak) * state + leak * new, memory = memory)
}
