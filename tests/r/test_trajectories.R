# Trajectories in R: every number of the file that the program writes, and the states of a network that
# R walks through by itself.
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

fails <- function(pattern, ...) {
  message <- tryCatch({ trajectories(results, ...); "" }, error = conditionMessage)
  if (!grepl(pattern, message, fixed = TRUE)) stop("'", message, "' does not say ", pattern)
}
fails("has the sets train and test", set = "late")
fails("has no run 99", runs = 99)
message <- tryCatch(read_trajectories("all.nc", "weights"), error = conditionMessage)
stopifnot(grepl("all.nc: has no weights; it has states", message, fixed = TRUE))
cat("as in the file\n")
