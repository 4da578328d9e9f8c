# Settings over seeds: how often they solve the task, how they compare. The seed is the unit: runs of
# one seed share data and first weights, so where a setting has several of them they are averaged,
# and each seed counts once.

METRICS <- c("test_accuracy", "test_bit_accuracy", "final_loss", "test_loss", "initial_loss")
DECIDE_DRAWS <- c("task", "gradient_check", "data_seed", setdiff(OF_TASK, "test_samples"))

#' Everything about each setting, best first
#'
#' The columns, numbers and order of `rnnsweep summary --csv`. A run that diverged solves nothing; it
#' has an accuracy of 0 and an infinite loss where runs are ranked and compared, and is left out of
#' the means and medians. Runs that are pending, or failed their gradient check, count nowhere.
#'
#' @param runs Results from [open_results()] or a table from [run_table()], which may be a subset.
#' @param by Parameters to group by; by default all that vary. `"seed"` is one too.
#' @param threshold `test_accuracy` from which a run counts as solved; 1: every sum is right.
#' @param metric What ranks; `NULL`: the metric of the sweep.
#' @param loss_level A loss: adds the updates until it is reached, of which `runs` must be the results,
#'   not a table.
#' @return A data frame of class `rnnsweep_table`, which prints four digits and what the standings do
#'   not say. Columns: those of `by`; `score`, which orders the rows: of an accuracy the mean over
#'   seeds, of a loss the median over runs, equals by their median final loss; `runs` (done and
#'   diverged), `seeds`, `pending`, `diverged`, `failed`, `solved`, `solved_share` with its interval
#'   over seeds; mean, median and interquartile mean of the seeds' means of test accuracy and final
#'   loss, with bootstrap intervals; the standing, see [standings()]; with a `loss_level`, or where runs
#'   have `stop_loss` or `stop_accuracy`, before it `reached`, `censored_share`,
#'   `updates_lower_quartile`, `updates_median`, `updates_upper_quartile` and `updates_expected`, see
#'   [time_to_loss()]. Where runs were stopped at a
#'   rung, `until` says how far all runs of the setting came, "end" or such as "10 epochs", and
#'   `stopped` counts them. Settings at the end come first, then later rungs before earlier ones, then
#'   settings of which all runs diverged. Score and runs are those at the rung; what is of whole runs is
#'   `NA`.
#' @export
configuration_table <- function(runs, by = NULL, threshold = 1, metric = NULL, loss_level = NULL) {
  ranking <- rank_groups(runs, by, threshold, metric)
  table <- ranking$rates
  for (name in c("test_accuracy", "final_loss")) {
    samples <- done_means(ranking, name)
    intervals <- bootstrap_of_each(samples)
    table[[paste0(name, "_mean")]] <- vapply(samples, mean_or_na, 0)
    table[[paste0(name, "_median")]] <- vapply(samples, median_or_na, 0)
    table[[paste0(name, "_iqm")]] <- vapply(samples, iqm_or_na, 0)
    table[[paste0(name, "_iqm_95_low")]] <- intervals["low", ]
    table[[paste0(name, "_iqm_95_high")]] <- intervals["high", ]
    table[!ranking$whole, startsWith(names(table), paste0(name, "_"))] <- NA
  }
  times <- times_of_groups(runs, ranking, loss_level)
  if (!is.null(times)) table <- cbind(table, times)
  table <- finish(ranking, cbind(table, against_best(ranking)))
  if (!is.null(times) && is.null(loss_level)) attr(table, "note") <- c(CHECKED, attr(table, "note"))
  table
}

# Updates until a loss is reached, or a stop rule held, group by group; nothing where no run checks that,
# and NA where runs were stopped at a rung.
times_of_groups <- function(results, ranking, loss_level) {
  table <- ranking$table
  finished <- table$status %in% FINISHED
  if (is.null(loss_level) && all(is.na(table$solved_at[finished]))) return(NULL)
  times <- solution_times(results, loss_level, table)
  group <- ranking$group[match(times$run, table$run)]
  found <- summarised_times(times, group, ranking$count)[-1]
  names(found) <- c("reached", "censored_share", paste0("updates_", names(found)[-(1:2)]))
  found[!ranking$whole, ] <- NA
  found
}

#' Runs by their settings
#'
#' As `rnnsweep show FILE states=3 seed=7`: a value, or several of which one must hold. An exact match
#' wins; a number that matches nothing exactly means the one value within a relative 1e-4 of it, so
#' that a number read from a printed table is found. `NA`, or "none", means runs without a value, such
#' as a `data_seed`.
#'
#' @param runs Results from [open_results()] or a table from [run_table()], which may be a subset.
#' @param ... Values by name, of parameters, `seed` or `status`.
#' @return `runs_where()`: the rows of the table, for every function that takes a table. `only_run()`:
#'   the number of the only run, for [weights_of()] or [predict()]; an error when there are several.
#' @export
runs_where <- function(runs, ...) {
  table <- as_table(runs)
  setting <- list(...)
  if (length(setting) > 0 && (is.null(names(setting)) || any(names(setting) == "")))
    stop("give values by name: states = 3, seed = 7", call. = FALSE)
  found <- table[matches(table, setting), ]
  if (nrow(found) == 0) stop("no run has all of these values", call. = FALSE)
  for (name in c("parameters", "metric")) attr(found, name) <- attr(table, name)
  found
}

#' @rdname runs_where
#' @export
only_run <- function(runs, ...) {
  found <- runs_where(runs, ...)$run
  if (length(found) > 1)
    stop(length(found), " runs are like that, ", paste(utils::head(found, 3), collapse = ", "),
         " for instance: add values, such as seed = 1", call. = FALSE)
  found
}

#' The best run
#'
#' As `rnnsweep show FILE best`: the finished run with the best metric, of equals the one with the
#' smallest final loss, of those the first. A diverged run has an accuracy of 0 and an infinite loss.
#'
#' @inheritParams configuration_table
#' @return The number of the run, for [weights_of()] or [predict()]; of some runs with
#'   `best_run(runs_where(results, states = 3))`.
#' @export
best_run <- function(runs, metric = NULL) {
  table <- as_table(runs)
  how <- find_metric(table, metric)
  table <- table[table$status %in% c("done", "diverged"), ]
  if (nrow(table) == 0) stop("no run is finished", call. = FALSE)
  diverged <- table$status == "diverged"
  score <- ifelse(diverged, worst_of(how), table[[how$metric]])
  loss <- ifelse(diverged, Inf, table$final_loss)
  table$run[order(if (how$maximizes) -score else score, loss, table$run)[1]]
}

#' Success rates over seeds
#'
#' The first columns of [configuration_table()], in its order.
#'
#' @inheritParams configuration_table
#' @return A data frame with one row per setting, best first: the values of `by`, `score`, `runs`,
#'   `seeds`, `pending`, `diverged`, `failed`, `solved`, `solved_share` and its 95 % interval over
#'   seeds, `solved_share_95_low` and `solved_share_95_high`.
#' @export
success_rates <- function(runs, by = NULL, threshold = 1, metric = NULL) {
  ranking <- rank_groups(runs, by, threshold, metric)
  finish(ranking, ranking$rates)
}

#' Which settings are tied with the best
#'
#' A setting is tied unless it is shown to be worse, by the exact paired test [sign_flip_test()] over
#' the seeds that it shares with the best, one-sided, p times the number of settings tested being at
#' most 0.05. Of accuracies the seeds' mean differences are tested, of losses how many lie above the
#' median of both settings together. A setting that was stopped at a rung is compared with the best as
#' both were there. The truly best is then among the best and the tied with 95 %
#' confidence.
#'
#' @inheritParams configuration_table
#' @return A data frame with one row per setting, best first: the values of `by`, `score`, `standing`
#'   (best, tied, worse; undecided with too few seeds for any difference to show; unpaired without
#'   seeds in common; none without finished runs, or where no setting at the end is best), `paired_seeds`, `pairs`, `pairs_won_by_best`,
#'   `pairs_lost_by_best`, and `worse_p`.
#' @references Gupta (1965), Technometrics 7:225.
#' @export
standings <- function(runs, by = NULL, metric = NULL) {
  ranking <- rank_groups(runs, by, 1, metric)
  finish(ranking, cbind(ranking$rates[c(ranking$by, "score")], against_best(ranking)))
}

# The groups in the order of their first rows, with all that ranks them.
rank_groups <- function(runs, by, threshold, metric) {
  table <- as_table(runs)
  if (is.null(by)) by <- swept(table)
  need(by, table)
  group <- group_numbers(table, by)
  first <- which(!duplicated(group))
  ranking <- c(list(table = table, count = length(first), group = group, first = first),
               find_units(table, by, group), find_metric(table, metric))
  ranking$levels <- find_levels(table)
  ranking$level <- levels_of_groups(ranking$levels, group, ranking$count)
  ranking$whole <- ranking$level >= ranking$levels$end
  ranking <- tally(ranking, threshold)
  ranking$score <- scores(ranking, ranking$value)
  at_level <- values_at(table, ranking$levels, "final_loss", ranking$level[group], Inf)
  losses <- vapply(done_means(ranking, at_level), median_or_na, 0)
  losses[is.na(losses)] <- Inf
  rank <- if (ranking$accuracy) round(ranking$score * 1e12) else ranking$score
  ranking$lost <- ranking$levels$end > 0 &
    sums_by(ranking$done_runs, ranking$cell_group, ranking$count) == 0
  ranking$order <- order(ranking$seeds == 0, ranking$lost, -ranking$level,
                         if (ranking$maximizes) -rank else rank, losses)
  ranking$finished_groups <- sum(ranking$seeds > 0)
  ranking$has_best <- ranking$finished_groups > 0 && ranking$whole[ranking$order[1]]
  ranking$comparisons <- if (ranking$has_best) ranking$finished_groups - 1 else 0
  ranking$rates <- cbind(table[ranking$first, by, drop = FALSE],
                         data.frame(score = ranking$score, count_runs(ranking)))
  ranking
}

find_metric <- function(table, metric) {
  own <- attr(table, "metric")
  if (is.null(own)) own <- list(name = "test_accuracy", maximizes = TRUE)
  name <- if (is.null(metric)) own$name else metric
  if (!name %in% METRICS) stop(unknown("metric", name, METRICS), call. = FALSE)
  accuracy <- endsWith(name, "accuracy")
  list(metric = name, accuracy = accuracy,
       maximizes = if (name == own$name) own$maximizes else accuracy)
}

# "no metric is called 'tast_accuracy'; did you mean test_accuracy?"
unknown <- function(what, name, names) {
  distance <- utils::adist(name, names, ignore.case = TRUE)
  near <- names[which.min(distance)]
  hint <- if (length(near) == 1 && min(distance) <= max(2, nchar(name) %/% 3))
    paste0("; did you mean ", near, "?") else paste0(": ", paste(names, collapse = ", "))
  paste0("no ", what, " is called '", name, "'", hint)
}

# What counts once, see statistics.md of the documents.
find_units <- function(table, by, group) {
  varies <- function(name) !name %in% by && length(unique(table[[name]])) > 1
  data_sets <- varies("data_seed") && !varies("seed")
  name <- if (data_sets) "data_seed" else "seed"
  held <- if (data_sets) "seed" else if (any(table$data_seed >= 0)) "data_seed"
  along <- Filter(function(column) varies_along(table[[column]], group),
                  setdiff(attr(table, "parameters"), c(by, name)))
  list(by = by, unit_name = name, held = held, unit = match(table[[name]], unique(table[[name]])),
       along = along, unlike = intersect(attr(table, "parameters"), intersect(DECIDE_DRAWS, c(by, along))))
}

# Whether a column differs between groups, and never within one.
varies_along <- function(values, group) {
  code <- match(values, values)
  if (all(code == 1)) return(FALSE)
  all(code == code[match(group, group)])
}

# What the runs of a pair agree in: all that does not tell the groups apart.
pairs_by <- function(units, table) {
  setdiff(c(attr(table, "parameters"), "seed"), c(units$by, units$along))
}

# What groups have of each unit: cells, by group and then by the unit's first run.
tally <- function(ranking, threshold) {
  table <- ranking$table
  level <- ranking$level[ranking$group]
  member <- !is.na(ranking$levels$reached)
  done <- member & !is_lost(ranking$levels, level)
  units <- max(ranking$unit, 1)
  code <- (ranking$group - 1) * units + ranking$unit - 1
  cells <- sort(unique(code[member]))
  ranking$member <- member
  ranking$done <- done
  ranking$cell <- match(code, cells) # NA in a row that is not finished and has none
  ranking$cell[!member] <- NA
  ranking$cell_group <- cells %/% units + 1
  ranking$cells <- length(cells)
  by_cell <- function(values) sums_by(values[member], ranking$cell[member], length(cells))
  ranking$finished <- by_cell(rep(1, nrow(table)))
  ranking$done_runs <- by_cell(done)
  ranking$solved <- by_cell(done & table$status == DONE & table$test_accuracy >= threshold)
  ranking$seeds <- sums_by(rep(1, length(cells)), ranking$cell_group, ranking$count)
  ranking$value <- values_at(table, ranking$levels, ranking$metric, level, worst_of(ranking))
  ranking
}

scores <- function(ranking, value) {
  if (!ranking$accuracy) {
    values <- split_by(value, ranking$group, ranking$count)
    return(vapply(values, function(some) quantile_of(sort(some), 0.5), 0))
  }
  member <- ranking$member
  means <- sums_by(value[member], ranking$cell[member], ranking$cells) / ranking$finished
  score <- sums_by(means, ranking$cell_group, ranking$count) / ranking$seeds
  score[ranking$seeds == 0] <- NA
  score
}

# Group by group, the units' means over runs done, of a column or of values.
done_means <- function(ranking, values) {
  kept <- ranking$done
  if (is.character(values)) values <- ranking$table[[values]]
  sums <- sums_by(values[kept], ranking$cell[kept], ranking$cells)
  having <- ranking$done_runs > 0
  split_by(sums[having] / ranking$done_runs[having], ranking$cell_group[having], ranking$count)
}

mean_or_na <- function(values) if (length(values) > 0) mean(values) else NA_real_
median_or_na <- function(values) if (length(values) > 0) quantile_of(sort(values), 0.5) else NA_real_
iqm_or_na <- function(values) if (length(values) > 0) interquartile_mean(values) else NA_real_

count_runs <- function(ranking) {
  total <- function(values) as.integer(sums_by(values, ranking$group, ranking$count))
  status <- ranking$table$status
  solved <- as.integer(sums_by(ranking$solved, ranking$cell_group, ranking$count))
  runs <- total(ranking$member)
  interval <- wilson_of_seeds(ranking$solved, ranking$finished, ranking$cell_group, ranking$count,
                              0.95)
  counts <- data.frame(
    runs = runs, seeds = as.integer(ranking$seeds), pending = total(status == "pending"),
    diverged = total(status == DIVERGED), failed = total(status == "failed"))
  shares <- data.frame(
    solved = solved, solved_share = ifelse(runs > 0, solved / runs, NA_real_),
    solved_share_95_low = interval$low, solved_share_95_high = interval$high)
  if (ranking$levels$end == 0) return(cbind(counts, shares))
  shares[!ranking$whole, ] <- NA
  until <- ifelse(ranking$seeds > 0, level_name(ranking$levels, ranking$level), "")
  cbind(until = until, counts, stopped = total(status == STOPPED), shares)
}

# Seeds with which one of so many comparisons with the best could come out at all.
units_needed <- function(comparisons) {
  units <- 1
  while (comparisons * 2^-units > 0.05) units <- units + 1
  units
}

against_best <- function(ranking) {
  best <- ranking$order[1]
  partner <- partners(ranking, best)
  paired <- which(!is.na(partner) & !is.na(ranking$value))
  if (ranking$count == 0) return(data.frame())
  members <- split_by(paired, ranking$group[paired], ranking$count)
  rows <- lapply(seq_len(ranking$count), function(group) {
    standing_of(ranking, group, best, members[[group]], partner,
                ranking$comparisons)
  })
  column <- function(name) unlist(lapply(rows, `[[`, name))
  data.frame(lapply(stats::setNames(nm = names(rows[[1]])), column))
}

# The value of each run's partner in the best group, as it was at the level of the run's group: it
# agrees in all that is not grouped by.
partners <- function(ranking, best) {
  if (ranking$unit_name %in% ranking$by) return(rep(NA_real_, nrow(ranking$table)))
  key <- pair_key(ranking$table, pairs_by(ranking, ranking$table))
  chosen <- which(ranking$group == best & !is.na(ranking$value))
  partner <- chosen[match(key, key[chosen])]
  value <- rep(NA_real_, length(partner))
  there <- !is.na(partner)
  value[there] <- values_at(ranking$table, ranking$levels, ranking$metric,
                            ranking$level[ranking$group[there]], worst_of(ranking), partner[there])
  value
}

# A number for each row, the same for rows that agree in these columns.
pair_key <- function(table, names) {
  key <- numeric(nrow(table))
  for (values in unname(as.list(table[names]))) {
    distinct <- unique(values)
    if (length(distinct) < 2) next
    key <- key * length(distinct) + match(values, distinct) - 1
    if (max(key) > 2^32) key <- match(key, unique(key)) - 1
  }
  key
}

# The group of each row, numbered in the order of their first rows.
group_numbers <- function(table, by) {
  need(by, table)
  key <- pair_key(table, by)
  match(key, unique(key))
}

standing_of <- function(ranking, group, best, rows, partner, comparisons) {
  said <- function(standing, seeds = 0L, pairs = 0L, won = 0L, lost = 0L, p = NA_real_) {
    list(standing = standing, paired_seeds = seeds, pairs = pairs, pairs_won_by_best = won,
         pairs_lost_by_best = lost, worse_p = p)
  }
  if (ranking$seeds[group] == 0 || !ranking$has_best) return(said("none"))
  if (group == best) return(said("best"))
  if (length(rows) == 0) return(said("unpaired"))
  theirs <- partner[rows]
  ours <- ranking$value[rows]
  won <- if (ranking$maximizes) theirs > ours else theirs < ours
  lost <- if (ranking$maximizes) theirs < ours else theirs > ours
  if (!ranking$accuracy) {
    middle <- quantile_of(sort(c(theirs, ours)), 0.5)
    theirs <- (theirs > middle) + 0.5 * (theirs == middle)
    ours <- (ours > middle) + 0.5 * (ours == middle)
  }
  lead <- mean_by_unit(if (ranking$maximizes) theirs - ours else ours - theirs,
                       ranking$unit[rows])
  p <- min(1, sign_flip_test(lead) * comparisons)
  standing <- if (length(lead) < units_needed(comparisons)) "undecided" else
    if (p <= 0.05) "worse" else "tied"
  said(standing, length(lead), length(rows), sum(won), sum(lost), p)
}

mean_by_unit <- function(values, unit) {
  unit <- match(unit, unique(unit))
  sums_by(values, unit, max(unit)) / tabulate(unit)
}

finish <- function(ranking, table) {
  table <- table[ranking$order, , drop = FALSE]
  rownames(table) <- NULL
  structure(table, class = c("rnnsweep_table", "data.frame"), by = ranking$by, metric = ranking$metric,
            unit = ranking$unit_name, held = ranking$held, note = notes(ranking, table))
}

#' @export
print.rnnsweep_table <- function(x, digits = 4, ...) {
  shown <- as.data.frame(x)
  for (name in intersect(attr(x, "by"), names(shown)))
    shown[[name]] <- shown_values(missing_none(shown[[name]], name))
  print(shown, digits = digits, row.names = FALSE, ...)
  for (line in attr(x, "note")) cat(line, "\n", sep = "")
  invisible(x)
}

#' @export
as.data.frame.rnnsweep_table <- function(x, ...) {
  attributes(x)[c("by", "metric", "unit", "held", "note")] <- NULL
  class(x) <- "data.frame"
  x
}

# Rows of each combination of values, in the order of their first rows.
group_rows <- function(table, by) {
  group <- group_numbers(table, by)
  split_by(seq_len(nrow(table)), group, length(unique(group)))
}

#' Bootstrap intervals of settings
#'
#' @inheritParams configuration_table
#' @param measure `"test_accuracy"` or `"final_loss"`.
#' @return A data frame with one row per setting, best first: the values of `by`, `seeds` (with runs
#'   done), `iqm` of their means, and its 95 % interval `low` and `high`, see [bootstrap_interval()].
#' @export
bootstrap_intervals <- function(runs, by = NULL, measure = "test_accuracy") {
  ranking <- rank_groups(runs, by, 1, NULL)
  samples <- done_means(ranking, measure)
  samples[!ranking$whole] <- list(numeric(0))
  intervals <- bootstrap_of_each(samples)
  finish(ranking, data.frame(
    ranking$rates[ranking$by], seeds = lengths(samples, use.names = FALSE),
    iqm = vapply(samples, iqm_or_na, 0, USE.NAMES = FALSE), low = intervals["low", ],
    high = intervals["high", ]))
}

#' Compare two settings, paired by seed
#'
#' Pairs are runs that agree in all parameters but those that tell the settings apart, and in the
#' seed, which gives both the same training data and first weights where they agree in states,
#' sequence_length, train_samples, gradient_check and data_seed. Several pairs of a seed are averaged:
#' the seed counts once. A run that diverged solves nothing and has an accuracy of 0. The numbers are
#' those of Python's `rnnsweep.compare`.
#'
#' @inheritParams configuration_table
#' @param a,b Named lists of values of the same parameters: the runs of each setting,
#'   `list(states = 3)`; `"none"` where a parameter may have no value, `list(data_seed = "none")`.
#' @param level Confidence of the intervals.
#' @return A list that prints as a sentence and a small table; [as.data.frame()] makes a tidy one of
#'   it. `pairs` and their `seeds`; `both`, `only_a`, `only_b`, `neither`: pairs by which of the two
#'   solves the task; `difference` of the shares solved with `low` and `high`, and `p_solved`, exact,
#'   two-sided, with one pair a seed McNemar's; `accuracy_difference` with `accuracy_low` and
#'   `accuracy_high`, and `p_accuracy`; `effect`, the matched-pairs rank-biserial correlation; `until`,
#'   "end", or where runs of a or b were stopped, the last rung that all of both came to, at which all
#'   are compared.
#' @export
compare_settings <- function(runs, a, b, threshold = 1, level = 0.95) {
  table <- as_table(runs)
  if (!setequal(names(a), names(b)))
    stop("a and b must name the same parameters", call. = FALSE)
  sides <- lapply(list(a, b), function(setting) {
    side <- table[matches(table, setting), ]
    side[side$status %in% c(FINISHED, STOPPED), ]
  })
  both <- rbind(sides[[1]], sides[[2]])
  attr(both, "parameters") <- attr(table, "parameters")
  levels <- find_levels(both)
  until <- min(levels$reached, levels$end)
  units <- find_units(both, names(a), rep(1:2, vapply(sides, nrow, 0L)))
  key <- pair_key(both, pairs_by(units, both))
  first <- seq_len(nrow(sides[[1]]))
  second <- nrow(sides[[1]]) + seq_len(nrow(sides[[2]]))
  if (anyDuplicated(key[first]) || anyDuplicated(key[second]))
    stop("several values of ", paste(names(a), collapse = ", "), " match: give one value for each",
         call. = FALSE)
  partner <- second[match(key[first], key[second])]
  first <- first[!is.na(partner)]
  partner <- partner[!is.na(partner)]
  if (length(first) == 0) stop("the settings share no runs to compare", call. = FALSE)
  value <- values_at(both, levels, "test_accuracy", until, 0)
  right <- !is_lost(levels, until) & value >= threshold
  unit <- units$unit[first]
  solved <- mean_by_unit(right[first] - right[partner], unit)
  accuracy <- mean_by_unit(value[first] - value[partner], unit)
  only_a <- sum(right[first] & !right[partner])
  only_b <- sum(!right[first] & right[partner])
  interval <- if (length(solved) == length(first))
    paired_difference_interval(only_a, only_b, length(first), level) else
      sign_flip_interval(solved, level)
  accuracies <- sign_flip_interval(accuracy, level)
  structure(list(
    a = a, b = b, pairs = length(first), seeds = length(solved),
    both = sum(right[first] & right[partner]), only_a = only_a, only_b = only_b,
    neither = sum(!right[first] & !right[partner]), difference = mean(solved), low = interval[1],
    high = interval[2], p_solved = two_sided(solved), accuracy_difference = mean(accuracy),
    accuracy_low = accuracies[1], accuracy_high = accuracies[2], p_accuracy = two_sided(accuracy),
    effect = rank_biserial(accuracy), level = level, unit = units$unit_name,
    note = c(level_note(levels, until), unit_notes(units)), until = level_name(levels, until)), class = "rnnsweep_comparison")
}

# Wald's with one pair added to each kind of discordance (Bonett and Price 2012), cut to -1..1.
paired_difference_interval <- function(only_a, only_b, pairs, level) {
  p <- (only_a + 1) / (pairs + 2)
  q <- (only_b + 1) / (pairs + 2)
  half <- stats::qnorm((1 + level) / 2) * sqrt((p + q - (p - q)^2) / (pairs + 2))
  c(max(p - q - half, -1), min(p - q + half, 1))
}

# Kerby (2014): share of the rank sum in favour of the first minus that of the second.
rank_biserial <- function(differences) {
  apart <- round(differences, 6)
  apart <- apart[apart != 0]
  if (length(apart) == 0) return(0)
  ranks <- rank(abs(apart))
  sum(sign(apart) * ranks) / sum(ranks)
}

describe_setting <- function(setting) {
  texts <- Map(function(values, name) {
    paste(shown_values(missing_none(values, name)), collapse = " or ")
  }, setting, names(setting))
  paste(names(setting), texts, collapse = ", ")
}

#' @export
print.rnnsweep_comparison <- function(x, ...) {
  a <- describe_setting(x$a)
  b <- describe_setting(x$b)
  over <- sprintf(", over %s (%s of runs).", counted(x$seeds, x$unit), counted(x$pairs, "pair"))
  sentence <- if (min(1, 2^(1 - x$seeds)) > 1 - x$level)
    sprintf("%s against %s: %s cannot tell them apart.", a, b, counted(x$seeds, x$unit))
  else if (x$p_solved <= 1 - x$level)
    sprintf("%s solves %s than %s%s", a, if (x$difference > 0) "more" else "less", b, over)
  else if (x$p_accuracy <= 1 - x$level)
    sprintf("%s has a %s accuracy than %s%s", a,
            if (x$accuracy_difference > 0) "higher" else "lower", b, over)
  else sprintf("%s and %s are statistically indistinguishable%s", a, b, over)
  cat(sentence, "\n", sep = "")
  tidy <- as.data.frame(x)
  shown <- data.frame(sprintf("%+.1f %%", 100 * tidy$difference),
                      sprintf("%+.1f to %+.1f %%", 100 * tidy$low, 100 * tidy$high),
                      sprintf("%.2g", tidy$p), row.names = tidy$measure)
  names(shown) <- c("a - b", sprintf("%g %% interval", 100 * x$level), "p")
  print(shown)
  cat(sprintf("pairs solved by both %d, by a only %d, by b only %d, by neither %d\n", x$both,
              x$only_a, x$only_b, x$neither))
  for (line in x$note) cat(line, "\n", sep = "")
  invisible(x)
}

#' @export
as.data.frame.rnnsweep_comparison <- function(x, ...) {
  data.frame(measure = c("solved", "accuracy"), difference = c(x$difference, x$accuracy_difference),
             low = c(x$low, x$accuracy_low), high = c(x$high, x$accuracy_high),
             p = c(x$p_solved, x$p_accuracy), pairs = x$pairs, seeds = x$seeds)
}

# Which rows have the values of a setting: exactly, or where nothing does, the one value within 1e-4.
matches <- function(table, setting) {
  chosen <- rep(TRUE, nrow(table))
  need(names(setting), table)
  for (name in names(setting)) {
    values <- table[[name]]
    found <- rep(FALSE, nrow(table))
    for (value in setting[[name]]) found <- found | equals(values, value, name)
    chosen <- chosen & found
  }
  chosen
}

equals <- function(values, value, name) {
  values <- missing_none(values, name)
  value <- missing_none(value, name)
  if (is.numeric(values) && value %in% c(NA, "none")) value <- NA_real_
  exact <- values %in% value
  if (any(exact)) return(exact)
  near <- if (is.numeric(values) && is.numeric(value))
    unique(values[which(abs(values - value) <= 1e-4 * abs(value))])
  if (length(near) == 1) return(values %in% near)
  there <- shown_values(sort(unique(values), na.last = TRUE))
  if (length(near) > 1) stop("no run has exactly ", name, " ", value, ": it could be ",
                             paste(shown_values(sort(near)), collapse = " or "), call. = FALSE)
  stop("no run has ", name, " ", shown_values(value), "; there are ", paste(utils::head(there, 20), collapse = ", "),
       call. = FALSE)
}

need <- function(by, table) {
  wrong <- setdiff(by, names(table))
  if (length(wrong) > 0)
    stop(unknown("parameter", wrong[1], c(attr(table, "parameters"), "seed")), call. = FALSE)
}

#' Bands of loss curves over seeds
#'
#' Over the finished runs: the loss of a run that diverged is infinite from then on, so that quantiles
#' do not improve by losing runs.
#'
#' @param results From [open_results()].
#' @param by Parameters to group by; by default all that vary.
#' @param runs Table of the runs to look at, by default all that are finished or were stopped at a rung.
#' @param probabilities Lower and upper quantile of the band.
#' @return A data frame with the values of `by`, `step` (updates), `runs`, `median`, `low` and
#'   `high` of the cross entropy. The loss of a run that its own rule stopped stays what it was in the
#'   end. No rows when nothing is finished.
#' @export
loss_bands <- function(results, by = NULL, runs = results,
                       probabilities = c(0.25, 0.75)) {
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  need(by, runs)
  runs <- rows_of(runs, runs$status %in% c(FINISHED, STOPPED))
  bands_of(runs, by, carried_on(runs, recorded_losses(results, runs)), "step", probabilities)
}

# Quantiles of curves [run, place] by group; the column names are the places, which `scale` names.
# They end where the first run of a group was stopped at a rung.
bands_of <- function(runs, by, curves, scale, probabilities) {
  group <- group_numbers(runs, by)
  curves <- until_stopped(runs, group, curves)
  first <- which(!duplicated(group))
  parts <- lapply(seq_len(ncol(curves)), function(place) {
    quantiles_by(curves[, place], group, length(first), c(probabilities[1], 0.5, probabilities[2]))
  })
  all_of <- function(what) unlist(lapply(parts, `[[`, what), use.names = FALSE)
  found <- as.integer(all_of("group"))
  place <- rep(as.numeric(colnames(curves)), vapply(parts, function(part) length(part$group), 0L))
  bands <- cbind(runs[first[found], by, drop = FALSE], stats::setNames(data.frame(place), scale),
                 data.frame(runs = as.integer(all_of("count")),
                            median = as.numeric(all_of(5)), low = as.numeric(all_of(4)),
                            high = as.numeric(all_of(6))))
  bands <- bands[order(found, place), , drop = FALSE]
  rownames(bands) <- NULL
  bands
}

# Quantiles of the values that are there, group by group: a list of `group`, numbers of the groups that
# have any, `count`, `start`, and one vector for each probability. Infinite values are numbers like
# others.
quantiles_by <- function(values, group, groups, probabilities) {
  present <- which(!is.na(values))
  sorted <- values[present][order(group[present], values[present])]
  count <- tabulate(group[present], groups)
  start <- cumsum(count) - count
  kept <- which(count > 0)
  c(list(group = kept, count = count[kept], start = start[kept]), lapply(probabilities, function(share) {
    position <- share * (count[kept] - 1)
    below <- floor(position)
    low <- sorted[start[kept] + below + 1]
    high <- sorted[start[kept] + pmin(below + 1, count[kept] - 1) + 1]
    ifelse(low == high | position == below, low, low + (position - below) * (high - low))
  }))
}

# Curves [run, step] with Inf where a run had diverged, NA at steps that it does not have.
recorded_losses <- function(results, runs) {
  curves <- loss_curves(results, runs$run)
  steps <- as.numeric(colnames(curves))
  updates <- updates_of(runs)
  for (row in which(runs$diverged_at >= 0)) {
    lost <- steps >= runs$diverged_at[row] & steps <= updates[row] &
      steps %% runs$loss_interval[row] == 0
    curves[row, lost] <- Inf
  }
  curves
}

# Curves in which the last loss of a run that its own rule stopped is kept to the last update that it
# could have made.
carried_on <- function(runs, curves) {
  steps <- as.numeric(colnames(curves))
  most <- runs$epochs * updates_of_epoch(runs)
  for (row in which(runs$stop_reason %in% c("stop_loss", "stop_accuracy", "patience"))) {
    kept <- steps > runs$updates[row] & steps <= most[row] & steps %% runs$loss_interval[row] == 0
    curves[row, kept] <- runs$final_loss[row]
  }
  curves
}

updates_of_epoch <- function(runs) {
  fraction <- if (is.null(runs$train_fraction)) 1 else runs$train_fraction
  ceiling(fraction * runs$train_samples * (1 - 1e-12)) %/% runs$batch_size
}

# Updates of a whole training: as the file says, else epochs of whole minibatches.
updates_of <- function(runs) {
  computed <- runs$epochs * updates_of_epoch(runs)
  made <- if (is.null(runs$updates)) NA else runs$updates
  ifelse(is.na(made) | runs$status == DIVERGED, computed, made)
}
