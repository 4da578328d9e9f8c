# Settings over seeds: how often they solve the task, how they compare.

#' Success rates over seeds
#'
#' @param runs Results from [open_results()] or a table from [run_table()], which may be a subset.
#' @param by Parameters to group by; by default all that vary. `"seed"` is one too.
#' @param threshold `test_accuracy` from which a run counts as solved; 1: every sum is right. A run
#'   that diverged is not solved.
#' @return A data frame with one row per setting, best first: the values of `by`, `runs` (done and
#'   diverged), `diverged`, `solved`, `rate`, `low` and `high` (Wilson, 95 %), and of the runs done
#'   mean, median and interquartile mean of test accuracy and final loss.
#' @export
success_rates <- function(runs, by = NULL, threshold = 1) {
  table <- as_table(runs)
  table <- table[table$status %in% FINISHED, ]
  if (is.null(by)) by <- swept(table)
  rates <- do.call(rbind, lapply(group_rows(table, by), function(rows) {
    group_rates(table[rows, ], by, threshold)
  }))
  rates <- cbind(rates, wilson_interval(rates$solved, rates$runs))
  first <- c(by, "runs", "diverged", "solved", "rate", "low", "high")
  rates <- rates[order(-rates$rate, rates$loss_median), c(first, setdiff(names(rates), first))]
  rownames(rates) <- NULL
  rates
}

group_rates <- function(runs, by, threshold) {
  done <- runs[runs$status == DONE, ]
  middle <- function(values) if (length(values) > 0) stats::median(values) else NA_real_
  data.frame(
    runs[1, by, drop = FALSE], runs = nrow(runs), diverged = nrow(runs) - nrow(done),
    solved = sum(done$test_accuracy >= threshold),
    rate = sum(done$test_accuracy >= threshold) / nrow(runs),
    accuracy_mean = mean(done$test_accuracy), accuracy_median = middle(done$test_accuracy),
    accuracy_iqm = interquartile_mean(done$test_accuracy), loss_mean = mean(done$final_loss),
    loss_median = middle(done$final_loss), loss_iqm = interquartile_mean(done$final_loss))
}

# Rows of each combination of values, in the order of their first rows.
group_rows <- function(table, by) {
  if (length(by) == 0) return(list(seq_len(nrow(table))))
  unknown <- setdiff(by, names(table))
  if (length(unknown) > 0) stop("no parameter is called ", unknown[1], call. = FALSE)
  key <- do.call(paste, c(lapply(table[by], format_value), sep = "\r"))
  split(seq_len(nrow(table)), factor(key, unique(key)))
}

# All digits, so that different numbers are different groups.
format_value <- function(values) {
  if (is.numeric(values)) format(values, digits = 17, trim = TRUE) else as.character(values)
}

#' Bootstrap intervals of settings
#'
#' @inheritParams success_rates
#' @param measure `"test_accuracy"` or `"final_loss"`.
#' @return A data frame with one row per setting in the order of the file: the values of `by`, `runs`
#'   (done), `iqm`, and its 95 % interval `low` and `high`, see [bootstrap_interval()].
#' @export
bootstrap_intervals <- function(runs, by = NULL, measure = "test_accuracy") {
  table <- as_table(runs)
  if (is.null(by)) by <- swept(table)
  intervals <- do.call(rbind, lapply(group_rows(table, by), function(rows) {
    done <- rows[table$status[rows] == DONE]
    values <- table[[measure]][done]
    data.frame(table[rows[1], by, drop = FALSE], runs = length(done),
               iqm = interquartile_mean(values), t(bootstrap_interval(values)))
  }))
  rownames(intervals) <- NULL
  intervals
}

#' Compare two settings pair by pair
#'
#' Pairs are runs that agree in all parameters but those that tell the settings apart, and in the
#' seed, which gives both the same data and the same first weights where their shapes agree.
#'
#' @inheritParams success_rates
#' @param a,b Named lists of values: the runs of each setting, `list(states = 3)`.
#' @return A list: `pairs`; `solved`, the 2 by 2 table of pairs; `mcnemar_p`, two-sided and exact;
#'   `wins` and `losses` of `a` by test accuracy, a diverged run counting as 0; `sign_p`, two-sided;
#'   `difference`, mean of the paired differences in test accuracy, with `low` and `high` by the
#'   t distribution.
#' @export
compare_settings <- function(runs, a, b, threshold = 1) {
  table <- as_table(runs)
  table <- table[table$status %in% FINISHED, ]
  first <- table[matches(table, a), ]
  second <- table[matches(table, b), ]
  others <- c(setdiff(attr(table, "parameters"), union(names(a), names(b))), "seed")
  key <- function(runs) do.call(paste, c(lapply(runs[others], format_value), sep = "\r"))
  partner <- match(key(first), key(second))
  x <- achieved(first)[!is.na(partner)]
  y <- achieved(second)[partner[!is.na(partner)]]
  if (length(x) == 0) stop("the settings share no runs to compare", call. = FALSE)
  solved <- base::table(a = factor(x >= threshold, c(FALSE, TRUE)),
                        b = factor(y >= threshold, c(FALSE, TRUE)))
  interval <- if (length(x) > 1 && stats::sd(x - y) > 0) stats::t.test(x, y, paired = TRUE)$conf.int
  else c(NA, NA)
  list(pairs = length(x), solved = solved,
       mcnemar_p = two_sided(solved["TRUE", "FALSE"], solved["FALSE", "TRUE"]),
       wins = sum(x > y), losses = sum(x < y), sign_p = two_sided(sum(x > y), sum(x < y)),
       difference = mean(x - y), low = interval[1], high = interval[2])
}

matches <- function(table, setting) {
  chosen <- rep(TRUE, nrow(table))
  for (name in names(setting)) chosen <- chosen & table[[name]] %in% setting[[name]]
  chosen
}

# Test accuracy, that of a diverged run 0.
achieved <- function(runs) ifelse(runs$status == DONE, runs$test_accuracy, 0)

two_sided <- function(wins, losses) min(1, 2 * sign_test(max(wins, losses), min(wins, losses)))

#' Which settings are tied with the best
#'
#' The rule of `rnnsweep summary` for sweeps that maximize `test_accuracy`: the best has the highest
#' mean accuracy, diverged runs as 0 (of equals the lowest median loss). A setting is tied unless a
#' one-sided sign test over its pairs with the best shows it to be worse, p times the number of
#' settings tested being at most 0.05.
#'
#' @inheritParams success_rates
#' @return A data frame with one row per setting, best first: the values of `by`, `score`, `pairs`,
#'   `wins` and `losses` of the best, `worse_p`, and `standing`: best, tied, worse or unpaired.
#' @export
standings <- function(runs, by = NULL) {
  table <- as_table(runs)
  table <- table[table$status %in% FINISHED, ]
  if (is.null(by)) by <- swept(table)
  groups <- group_rows(table, by)
  value <- achieved(table)
  score <- vapply(groups, function(rows) mean(value[rows]), 0)
  loss <- vapply(groups, function(rows) {
    done <- rows[table$status[rows] == DONE]
    if (length(done) > 0) stats::median(table$final_loss[done]) else Inf
  }, 0)
  groups <- groups[order(-score, loss)]
  others <- setdiff(c(attr(table, "parameters"), "seed"), by)
  key <- do.call(paste, c(lapply(table[others], format_value), sep = "\r"))
  best <- groups[[1]]
  tests <- do.call(rbind, lapply(groups, function(rows) {
    partner <- best[match(key[rows], key[best])]
    data.frame(table[rows[1], by, drop = FALSE], score = mean(value[rows]),
               pairs = sum(!is.na(partner)), wins = sum(value[partner] > value[rows], na.rm = TRUE),
               losses = sum(value[partner] < value[rows], na.rm = TRUE))
  }))
  p <- pmin(1, sign_test(tests$wins, tests$losses) * (nrow(tests) - 1))
  tests$worse_p <- ifelse(tests$pairs == 0, NA, p)
  tests$standing <- ifelse(tests$pairs == 0, "unpaired", ifelse(p <= 0.05, "worse", "tied"))
  tests[1, c("pairs", "wins", "losses")] <- 0
  tests$worse_p[1] <- NA
  tests$standing[1] <- "best"
  rownames(tests) <- NULL
  tests
}

#' Bands of loss curves over seeds
#'
#' @param results From [open_results()].
#' @param by Parameters to group by; by default all that vary.
#' @param runs Table of the runs to look at, by default all that are done.
#' @param probabilities Lower and upper quantile of the band.
#' @return A data frame with the values of `by`, `step` (updates), `runs`, `median`, `low` and
#'   `high` of the cross entropy.
#' @export
loss_bands <- function(results, by = NULL, runs = run_table(results),
                       probabilities = c(0.25, 0.75)) {
  runs <- as_table(runs)
  runs <- runs[runs$status == DONE, ]
  if (is.null(by)) by <- swept(runs)
  bands <- do.call(rbind, lapply(group_rows(runs, by), function(rows) {
    curves <- loss_curves(results, runs$run[rows])
    curves <- curves[, colSums(!is.na(curves)) > 0, drop = FALSE]
    quantiles <- apply(curves, 2, stats::quantile, c(probabilities[1], 0.5, probabilities[2]),
                       na.rm = TRUE, names = FALSE)
    group <- runs[rep(rows[1], ncol(curves)), by, drop = FALSE]
    cbind(group, data.frame(step = as.numeric(colnames(curves)), runs = colSums(!is.na(curves)),
                            median = quantiles[2, ], low = quantiles[1, ], high = quantiles[3, ]))
  }))
  rownames(bands) <- NULL
  bands
}

#' Updates until a loss is reached
#'
#' @param results From [open_results()].
#' @param level The loss, of an update's minibatch, at or below which a run is done.
#' @param runs Table of the runs to look at.
#' @return `runs` with a column `updates`, `Inf` for a run that never gets there (censored).
#' @export
solution_times <- function(results, level, runs = run_table(results)) {
  runs <- as_table(runs)
  curves <- loss_curves(results, runs$run)
  reached <- !is.na(curves) & curves <= level
  first <- max.col(reached, "first")
  runs$updates <- ifelse(rowSums(reached) > 0, as.numeric(colnames(curves))[first], Inf)
  runs
}
