# The best settings of a sweep: how many seeds solve the task, with 95 % Wilson intervals.
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

# One row per configuration, best first: by the score, the mean test accuracy with diverged runs as 0,
# equals by the median loss. A run solves the task when every test sequence is right; a run that diverged does
# not. With one run a seed Wilson's interval is right; grouped by fewer parameters, the runs of a seed
# are no independent runs: see success_rates() of the package.
success_rates <- function(table) {
  parameters <- attr(table, "parameters")
  table <- table[table$status %in% c(DONE, DIVERGED), ]
  swept <- Filter(function(name) length(unique(table[[name]])) > 1, parameters)
  if (length(swept) == 0) swept <- "states"
  codes <- lapply(table[swept], function(values) match(values, unique(values)))
  key <- do.call(paste, codes)
  group <- match(key, unique(key))
  total <- function(values) as.vector(rowsum(as.numeric(values), group, reorder = TRUE))
  done <- table$status == DONE
  runs <- total(rep(1, nrow(table)))
  solved <- total(done & table$test_accuracy >= 1)
  loss <- table$final_loss
  loss[!done] <- NA
  rates <- data.frame(
    table[!duplicated(group), swept, drop = FALSE],
    score = total(ifelse(done, table$test_accuracy, 0)) / runs, runs = runs,
    diverged = total(!done), solved = solved, solved_share = solved / runs,
    wilson_interval(solved, runs),
    loss = as.vector(tapply(loss, group, median, na.rm = TRUE)))
  rates[order(-rates$score, rates$loss), ]
}

arguments <- commandArgs(trailingOnly = TRUE)
if (!length(arguments) %in% c(1, 2)) stop("usage: quickstart.R RESULTS.h5 [ROWS]")
rows <- if (length(arguments) == 2) as.integer(arguments[2]) else 10
options(width = 200)
runs <- run_table(arguments[1])
if (!any(runs$status %in% c(DONE, DIVERGED))) {
  message(arguments[1], ": no run is finished yet")
  quit(status = 1)
}
print(head(success_rates(runs), rows), row.names = FALSE, digits = 4)
