# The best settings of a sweep: how many seeds learn to add, with 95 % Wilson intervals.
#
#   Rscript analysis/R/quickstart.R results/states-momentum.h5 [ROWS]
#
# A results file is plain netCDF-4/HDF5, and ncdf4 opens it without code of ours, also while it is
# being written. R sees the dimensions in reverse: loss[step, run], and of one width of network
# ncvar_get(nc, "weights/states_3/W_rec")[state, state_from, run_id].
library(ncdf4)

DONE <- 1
DIVERGED <- 2

# One row per finished run: parameters, seed, status and results. The parameters are what the file
# calls the coordinates of a result.
run_table <- function(path) {
  nc <- nc_open(path)
  on.exit(nc_close(nc))
  column <- function(name) {
    values <- as.vector(ncvar_get(nc, name))
    meanings <- ncatt_get(nc, name, "flag_meanings")
    if (!meanings$hasatt) return(values)
    factor(values, ncatt_get(nc, name, "flag_values")$value, strsplit(meanings$value, " ")[[1]])
  }
  status <- as.vector(ncvar_get(nc, "status")) # first: a row is written before its status
  coordinates <- strsplit(ncatt_get(nc, "test_accuracy", "coordinates")$value, " ")[[1]]
  names <- c(setdiff(coordinates, "status"), "test_accuracy", "final_loss")
  table <- as.data.frame(lapply(setNames(names, names), column))
  table$status <- status
  attr(table, "parameters") <- setdiff(coordinates, c("seed", "status"))
  table
}

# Bounds of a share of successes (Wilson 1927); never outside 0..1, sound for shares of 0.
wilson_interval <- function(solved, runs, z = qnorm(0.975)) {
  share <- solved / runs
  centre <- share + z^2 / (2 * runs)
  half <- z * sqrt(z^2 + 4 * solved * (1 - share)) / (2 * runs)
  list(low = (centre - half) / (1 + z^2 / runs), high = (centre + half) / (1 + z^2 / runs))
}

# One row per configuration, best first. A run solves the task when every sum is right; a run that
# diverged does not.
success_rates <- function(table) {
  parameters <- attr(table, "parameters")
  table <- table[table$status %in% c(DONE, DIVERGED), ]
  swept <- Filter(function(name) length(unique(table[[name]])) > 1, parameters)
  if (length(swept) == 0) swept <- "states"
  rate_of <- function(runs) {
    diverged <- runs$status == DIVERGED
    solved <- sum(!diverged & runs$test_accuracy >= 1)
    interval <- wilson_interval(solved, nrow(runs))
    data.frame(
      runs[1, swept, drop = FALSE], runs = nrow(runs), diverged = sum(diverged), solved = solved,
      rate = solved / nrow(runs), low = interval$low, high = interval$high,
      accuracy = mean(runs$test_accuracy[!diverged]), loss = median(runs$final_loss[!diverged]))
  }
  groups <- split(table, table[swept], drop = TRUE)
  rates <- do.call(rbind, lapply(groups, rate_of))
  rates[order(-rates$rate, rates$loss), ]
}

arguments <- commandArgs(trailingOnly = TRUE)
if (!length(arguments) %in% c(1, 2)) stop("usage: quickstart.R RESULTS.h5 [ROWS]")
rows <- if (length(arguments) == 2) as.integer(arguments[2]) else 10
options(width = 200)
print(head(success_rates(run_table(arguments[1])), rows), row.names = FALSE, digits = 4)
