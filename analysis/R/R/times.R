# Updates until a loss is reached.

#' Updates until a loss is reached, run by run
#'
#' @param results From [open_results()].
#' @param level The loss, of an update's minibatch, at or below which a run is done. `NULL`: until
#'   `stop_loss` or `stop_accuracy` held at a check, of the runs that have one of them.
#' @param runs Table of the runs to look at; those that are finished count.
#' @return `runs` with the columns `reached`, whether the loss got to the level, and `updates`: how
#'   many that took, or how many were made without getting there: those until the run diverged or
#'   was stopped, or all.
#' @seealso [time_to_loss()] for their summary.
#' @export
solution_times <- function(results, level = NULL, runs = run_table(results)) {
  runs <- as_table(runs)
  runs <- rows_of(runs, runs$status %in% FINISHED)
  if (is.null(level)) return(times_of_checks(runs))
  curves <- recorded_losses(results, runs)
  below <- !is.na(curves) & curves <= level
  runs$reached <- rowSums(below) > 0
  runs$updates <- ifelse(runs$status == DIVERGED, runs$diverged_at, updates_of(runs))
  if (any(runs$reached)) {
    first <- max.col(below, "first")
    runs$updates[runs$reached] <- as.numeric(colnames(curves))[first[runs$reached]]
  }
  runs
}

times_of_checks <- function(runs) {
  runs <- rows_of(runs, !is.na(runs$solved_at))
  if (nrow(runs) == 0)
    stop("no run checks whether it is solved: give a level of the loss, or runs with stop_loss or ",
         "stop_accuracy", call. = FALSE)
  runs$reached <- runs$solved_at >= 0
  ends <- ifelse(runs$status == DIVERGED, runs$diverged_at, updates_of(runs))
  runs$updates <- ifelse(runs$reached, runs$solved_at, ends)
  runs
}

#' Updates until a loss is reached
#'
#' The summary of Python's `rnnsweep.time_to_loss` and of `rnnsweep summary --loss-level`.
#'
#' @inheritParams solution_times
#' @inheritParams loss_bands
#' @return A data frame with one row per setting, the soonest first: the values of `by`, `runs`,
#'   `reached`, `censored_share`, `lower_quartile`, `median` and `upper_quartile` of the updates, with
#'   runs that do not get there as infinite, and `expected`: the updates when one starts anew with
#'   other seeds until a run gets there. Settings with runs that were stopped at a rung are left out.
#' @references Hansen et al. (2009), INRIA RR-6828.
#' @export
time_to_loss <- function(results, level = NULL, by = NULL, runs = results) {
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  need(by, runs)
  times <- solution_times(results, level, in_whole_groups(runs, by))
  group <- group_numbers(times, by)
  first <- which(!duplicated(group))
  table <- cbind(times[first, by, drop = FALSE], summarised_times(times, group, length(first)))
  table <- table[order(table$expected), ]
  rownames(table) <- NULL
  table
}

# The columns of time_to_loss(), group by group, 1..count. Of a group without times no number but 0 runs
# reached.
summarised_times <- function(times, group, count) {
  runs <- tabulate(group, count)
  reached <- as.integer(sums_by(times$reached, group, count))
  samples <- lapply(split_by(ifelse(times$reached, times$updates, Inf), group, count), sort)
  quartile <- function(share) vapply(samples, quantile_of, 0, share = share)
  data.frame(runs = runs, reached = reached, censored_share = 1 - reached / runs,
             lower_quartile = quartile(0.25), median = quartile(0.5),
             upper_quartile = quartile(0.75), expected = sums_by(times$updates, group, count) / reached)
}
