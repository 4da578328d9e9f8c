# Tests that decided no run: at other lengths than the trained ones, and on further sets.

#' Accuracy over length
#'
#' The tests at `test_lengths`, setting by setting: the lines of `rnnsweep summary --further`, and of
#' Python's `rnnsweep.accuracy_by_length`.
#'
#' @param results From [open_results()].
#' @inheritParams configuration_table
#' @return A data frame, the best settings of the sweep first: the values of `by`, `test_length`
#'   (steps), `runs`, `seeds`, `solved_share` (of runs whose accuracy at this length is at or above the
#'   threshold) with its interval, and mean and interquartile mean of the accuracy over seeds, with its
#'   bootstrap interval, of the runs that did not diverge.
#' @export
accuracy_by_length <- function(results, by = NULL, threshold = 1)
  by_test(results, "test_length", "test_accuracy_by_length", by, threshold)

#' Accuracy on further sets
#'
#' The same as [accuracy_by_length()] on the sets of data files beside `train`, `test` and
#' `validation`, with a column `test_set` of their names.
#'
#' @inheritParams accuracy_by_length
#' @return As of [accuracy_by_length()].
#' @export
accuracy_by_set <- function(results, by = NULL, threshold = 1)
  by_test(results, "test_set", "test_accuracy_by_set", by, threshold)

by_test <- function(results, scale, variable, by, threshold) {
  table <- run_table(results, finished = FALSE)
  read <- with_file(results, function(nc) {
    if (is.null(nc$var[[variable]])) return(NULL)
    values <- ncdf4::ncvar_get(nc, variable, collapse_degen = FALSE) # [test, run]
    words <- words_of(nc, scale)
    places <- as.vector(ncdf4::ncvar_get(nc, scale))
    list(values = values[, match(table$run, ncdf4::ncvar_get(nc, "run")), drop = FALSE],
         labels = if (is.null(words)) places else names(words)[match(places, words)])
  })
  if (is.null(read))
    stop("these results have no further tests: give the sweep test_lengths, or its data file more ",
         "sets, and run it again", call. = FALSE)
  whole <- as_table(results)
  if (is.null(by)) by <- swept(whole)
  key <- function(rows) do.call(paste, c(rows[by], list(rep("", nrow(rows))), sep = "\r"))
  rank <- key(configuration_table(whole, by))
  numbers <- c("runs", "seeds", "solved_share", "solved_share_95_low", "solved_share_95_high",
               "test_accuracy_mean", "test_accuracy_iqm", "test_accuracy_iqm_95_low",
               "test_accuracy_iqm_95_high")
  parts <- lapply(seq_along(read$labels), function(place) {
    accuracy <- read$values[place, match(whole$run, table$run)]
    part <- whole
    part$test_accuracy <- as.numeric(accuracy)
    part <- rows_of(part, !is.na(part$test_accuracy) | part$status != "done")
    if (!any(part$status == "done")) return(NULL)
    made <- as.data.frame(configuration_table(part, by, threshold, metric = "test_accuracy"))
    made <- made[made$runs > 0 & (if (is.null(made$until)) TRUE else made$until == "end"), ,
                 drop = FALSE]
    made[[scale]] <- rep(read$labels[place], nrow(made))
    made$place <- rep(place, nrow(made))
    made[c(by, scale, numbers, "place")]
  })
  joined <- do.call(rbind, parts)
  if (is.null(joined)) return(data.frame())
  joined <- joined[order(match(key(joined), rank), joined$place), c(by, scale, numbers)]
  rownames(joined) <- NULL
  joined
}
