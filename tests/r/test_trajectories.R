# Trajectories in R: every number of the file that the program writes, and the states of a network that
# R walks through by itself from its weights.
library(rnnsweep)

folder <- tempfile("trajectories")
dir.create(folder)
setwd(folder)
program <- Sys.getenv("RNNSWEEP")
writeLines(c("method: grid", "seeds: 2", "parameters:",
             "  {task: tomita, cell: [tanh, lstm], states: [2, 3], shortest_length: 2,",
             "   sequence_length: 5, train_samples: 20, test_samples: 7, batch_size: 5}"), "t.yaml")
stopifnot(system2(program, c("run", "t.yaml", "-o", "t.h5"), stdout = FALSE, stderr = FALSE) == 0,
          system2(program, c("trajectories", "t.h5", "all", "-o", "all.nc"), stdout = FALSE) == 0)
results <- open_results("t.h5")
nc <- ncdf4::nc_open("all.nc")
raw <- ncdf4::ncvar_get(nc, "states") # state, step, sequence, run
length <- ncdf4::ncvar_get(nc, "length")
ncdf4::nc_close(nc)

states <- read_trajectories("all.nc")
stopifnot(identical(names(states), c("run", "sequence", "step", "state", "value")),
          nrow(states) == sum(!is.na(raw)), !anyNA(states$value),
          identical(states$value, raw[cbind(states$state, states$step, states$sequence, states$run) + 1]))
# No row past an end, nor of a third state of two
widths <- run_table(results)
stopifnot(all(states$step < length[cbind(states$sequence + 1, states$run + 1)]),
          all(states$state < widths$states[match(states$run, widths$run)]),
          identical(trajectories(results), states),
          nrow(read_trajectories("all.nc", "first_states")) == sum(widths$states))
inputs <- read_trajectories("all.nc", "inputs")
stopifnot(identical(names(inputs), c("run", "sequence", "step", "value")),
          nrow(inputs) == sum(length), all(inputs$value %in% 0:1))
memories <- read_trajectories("all.nc", "memories")
stopifnot(setequal(memories$run, widths$run[widths$cell == "lstm"]))

best <- trajectories(results, c("best", "cell=tanh"), what = "outputs", set = "train")
stopifnot(all(widths$cell[match(unique(best$run), widths$run)] == "tanh"),
          nlevels(factor(best$run)) == 1, max(best$sequence) == 19,
          all(abs(tapply(best$value, best[c("sequence", "step")], sum, default = 1) - 1) < 1e-6))

# The states and outputs of each run, walked through here from its weights: one group of weights for
# each cell and number of states, all of 2 inputs and 2 outputs
sigmoid <- function(x) 1 / (1 + exp(-x))
outputs <- read_trajectories("all.nc", "outputs")
walk <- function(weights, symbols) {
  s <- weights$S0
  c <- weights$C0
  found <- list(states = NULL, outputs = NULL)
  for (symbol in symbols) {
    if (attr(weights, "cell") == "tanh") {
      s <- tanh(weights$W_in[symbol + 1, ] + weights$b_in + as.vector(s %*% weights$W_rec) +
                  weights$b_rec)
    } else {
      gate <- function(g) weights$W_in[symbol + 1, g, ] + weights$b_in[g, ] +
        as.vector(s %*% weights$W_rec[, g, ]) + weights$b_rec[g, ]
      c <- sigmoid(gate(2)) * c + sigmoid(gate(1)) * tanh(gate(3))
      s <- sigmoid(gate(4)) * tanh(c)
    }
    z <- as.vector(s %*% weights$W_out) + weights$b_out
    found$states <- rbind(found$states, s)
    found$outputs <- rbind(found$outputs, exp(z) / sum(exp(z)))
  }
  found
}
for (run in widths$run) {
  weights <- weights_of(results, run)
  H <- widths$states[widths$run == run]
  G <- if (attr(weights, "cell") == "lstm") 4
  shape <- vapply(weights, function(tensor)
    paste(if (is.null(dim(tensor))) length(tensor) else dim(tensor), collapse = " "), "")
  gates <- function(...) paste(c(...), collapse = " ")
  expected <- c(S0 = gates(H), C0 = if (!is.null(G)) gates(H), W_in = gates(2, G, H), b_in = gates(G, H),
                W_rec = gates(H, G, H), b_rec = gates(G, H), W_out = gates(H, 2), b_out = "2")
  stopifnot(identical(shape, expected))
  for (sequence in unique(inputs$sequence)) {
    of <- function(table) table[table$run == run & table$sequence == sequence, ]
    walked <- walk(weights, of(inputs)$value)
    stopifnot(all(abs(as.vector(t(walked$states)) - of(states)$value) < 1e-5),
              all(abs(as.vector(t(walked$outputs)) - of(outputs)$value) < 1e-5))
  }
}

# Of one input, several outputs and one state
writeLines(c("method: grid", "seeds: 1", "checkpoints: [0]", "parameters:",
             "  {task: [flip_flop, parity], cell: gru, states: 1, channels: 2, sequence_length: 4,",
             "   train_samples: 20, test_samples: 3, batch_size: 5}"), "n.yaml")
stopifnot(system2(program, c("run", "n.yaml", "-o", "n.h5"), stdout = FALSE, stderr = FALSE) == 0)
narrow <- open_results("n.h5")
stopifnot(identical(dim(weights_of(narrow, 0)$W_in), c(2L, 3L, 1L)),
          identical(dim(weights_of(narrow, 0)$W_out), c(1L, 2L)),
          identical(dim(weights_of(narrow, 1)$W_in), c(1L, 3L, 1L)),
          identical(dim(weights_of(narrow, 1, checkpoint = 0)$W_rec), c(1L, 3L, 1L)),
          !identical(weights_of(narrow, 1), weights_of(narrow, 1, checkpoint = 0)))
message <- tryCatch({ predict(narrow, 1, 1, 2); "" }, error = conditionMessage)
stopifnot(grepl("run 1 has the task parity", message, fixed = TRUE))

fails <- function(pattern, ...) {
  message <- tryCatch({ trajectories(results, ...); "" }, error = conditionMessage)
  if (!grepl(pattern, message, fixed = TRUE)) stop("'", message, "' does not say ", pattern)
}
fails("has the sets train and test", set = "late")
fails("has no run 99", runs = 99)
message <- tryCatch(read_trajectories("all.nc", "weights"), error = conditionMessage)
stopifnot(grepl("all.nc: has no weights; it has states", message, fixed = TRUE))
cat("as in the file\n")
