# Runs that early termination stopped at rungs, and the last point that several runs have in common. A
# level is a rung, 0 the first, or the number of rungs: the end. A group of runs counts as far as all of
# them came.

STOPPED <- "stopped"
MEASURED_AT_RUNGS <- c("final_loss", "test_loss", "test_accuracy", "test_bit_accuracy")
AT_RUNG <- paste0("^(", paste(MEASURED_AT_RUNGS, collapse = "|"), ")_at_[0-9]+_(epochs|updates)$")

# What runs were at rungs, as columns such as test_accuracy_at_10_epochs.
rung_columns <- function(nc) {
  if (is.null(nc$dim[["rung"]])) return(list())
  rungs <- paste(as.vector(ncdf4::ncvar_get(nc, "rung")), ncdf4::ncatt_get(nc, "rung", "units")$value,
                 sep = "_")
  columns <- list()
  for (name in MEASURED_AT_RUNGS[paste0(MEASURED_AT_RUNGS, "_by_rung") %in% names(nc$var)]) {
    values <- ncdf4::ncvar_get(nc, paste0(name, "_by_rung"), collapse_degen = FALSE) # [rung, run]
    values[is.nan(values)] <- NA
    for (place in seq_along(rungs))
      columns[[paste0(name, "_at_", rungs[place])]] <- values[place, ]
  }
  columns
}

# How far the runs of a table came. keys: of the rungs, where some run was stopped; end: the level of
# runs that are done or diverged; reached: the last level of each run, NA of one that came nowhere, or
# to a rung that its file does not tell.
find_levels <- function(table) {
  stopped <- table$status %in% STOPPED
  at <- grep("^test_accuracy_at_", grep(AT_RUNG, names(table), value = TRUE), value = TRUE)
  if (!any(stopped)) at <- character()
  if (length(at) == 0 && any(table$rungs_reached[stopped] > 0, na.rm = TRUE))
    stop("a table with runs that were stopped at rungs needs its columns ..._at_...: take that of ",
         "run_table(results, finished = FALSE)", call. = FALSE)
  measured <- if (length(at) > 0) table$rungs_reached else rep(0, nrow(table))
  measured[is.na(measured)] <- 0
  reached <- rep(NA_real_, nrow(table))
  reached[table$status %in% FINISHED] <- length(at)
  reached[stopped & measured > 0] <- measured[stopped & measured > 0] - 1
  list(keys = sub("^test_accuracy_at_", "", at), end = length(at), measured = measured,
       reached = reached, diverged = table$status %in% DIVERGED)
}

# The last level that all runs of each group came to; the end where none came anywhere.
levels_of_groups <- function(levels, group, count) {
  came <- !is.na(levels$reached)
  least <- rep(levels$end, count)
  found <- tapply(levels$reached[came], group[came], min)
  least[as.integer(names(found))] <- found
  as.vector(least)
}

# Which runs had diverged when they were to come to a level.
is_lost <- function(levels, level) {
  levels$diverged & (level >= levels$end | levels$measured <= level)
}

# What runs had achieved at a level of each; a run that ended before, in the end; one that had diverged,
# the worst there is. NA of one that did not come there.
values_at <- function(table, levels, metric, level, worst, rows = seq_len(nrow(table))) {
  level <- rep_len(level, length(rows))
  diverged <- levels$diverged[rows]
  reached <- levels$reached[rows]
  own <- as.numeric(table[[metric]][rows])
  value <- ifelse(diverged, worst, own)
  value[is.na(reached) | reached < levels$end] <- NA
  came <- which(level < levels$end & levels$measured[rows] > level & !is.na(reached))
  for (at in unique(level[came])) {
    chosen <- came[level[came] == at]
    column <- table[[paste0(metric, "_at_", levels$keys[at + 1])]]
    measured <- if (is.null(column)) own[chosen] else as.numeric(column[rows[chosen]])
    value[chosen] <- ifelse(is.na(measured) & diverged[chosen], worst, measured)
  }
  value
}

worst_of <- function(metric) {
  if (metric$accuracy) as.numeric(!metric$maximizes) else if (metric$maximizes) -Inf else Inf
}

# "end", "1 epoch", "200 updates"
level_name <- function(levels, level) {
  names <- sub("_", " ", levels$keys, fixed = TRUE)
  one <- startsWith(names, "1 ")
  names[one] <- sub("s$", "", names[one])
  c(names, "end")[pmin(level, levels$end) + 1]
}

# "3 of 9 settings stopped after 2 epochs, 1 after 8 epochs", or nothing.
levels_sentence <- function(levels, of_settings) {
  parts <- character()
  for (level in seq_len(levels$end) - 1) {
    stopped <- sum(of_settings == level)
    if (stopped == 0) next
    of <- if (length(parts) > 0) "" else
      sprintf(" of %d setting%s stopped", length(of_settings), if (length(of_settings) == 1) "" else "s")
    parts <- c(parts, sprintf("%d%s after %s", stopped, of, level_name(levels, level)))
  }
  paste(parts, collapse = ", ")
}

# What is said of runs that are taken at a level before the end.
level_note <- function(levels, level) {
  if (level < levels$end)
    sprintf("All runs as they were after %s: some were stopped then.", level_name(levels, level))
}

# Curves [run, place] without what lies beyond the update at which the first run of a group was stopped.
until_stopped <- function(runs, group, curves) {
  stopped <- runs$status %in% STOPPED
  if (!any(stopped)) return(curves)
  last <- rep(Inf, max(group))
  found <- tapply(runs$updates[stopped], group[stopped], min)
  last[as.integer(names(found))] <- found
  curves[outer(last[group], as.numeric(colnames(curves)), "<")] <- NA
  curves
}

# The rows of settings of which no run was stopped at a rung.
in_whole_groups <- function(table, by) {
  group <- group_numbers(table, by)
  rows_of(table, !group %in% group[table$status %in% STOPPED])
}

#' What became of the settings at each rung
#'
#' Of a sweep with `early_terminate`: as Python's `rnnsweep.rungs`.
#'
#' @inheritParams configuration_table
#' @return A data frame with one row per rung, and one for the end: `rung` (1 the first), `at` ("10
#'   epochs", "end"), `configurations` that came there with all their runs, `stopped` there, `best` and
#'   `worst` score of those that came, see [configuration_table()].
#' @export
rungs <- function(runs, metric = NULL) {
  ranking <- rank_groups(runs, NULL, 1, metric)
  levels <- ranking$levels
  if (levels$end == 0) stop("no run of these results was stopped at a rung", call. = FALSE)
  counted <- ranking$seeds > 0
  rows <- lapply(0:levels$end, function(level) {
    came <- counted & ranking$level >= level
    score <- scores_at(ranking, level)[came]
    order <- if (ranking$maximizes) c(max, min) else c(min, max)
    data.frame(rung = level + 1, at = level_name(levels, level), configurations = sum(came),
               stopped = if (level < levels$end) sum(counted & ranking$level == level) else 0L,
               best = if (any(came)) order[[1]](score) else NA_real_,
               worst = if (any(came)) order[[2]](score) else NA_real_)
  })
  do.call(rbind, rows)
}

#' Scores at the rungs
#'
#' The score of every setting at each rung that it came to, and at the end: Python's
#' `rnnsweep.scores_at_rungs`.
#'
#' @inheritParams configuration_table
#' @return A data frame, the best settings first, with the values of `by`, `until` (how far the setting
#'   came), `rung`, `at`, `score`. No rows where no run was stopped.
#' @seealso [plot_rung_scores()]
#' @export
scores_at_rungs <- function(runs, by = NULL, metric = NULL) {
  ranking <- rank_groups(runs, by, 1, metric)
  levels <- ranking$levels
  scores <- if (levels$end > 0) lapply(0:levels$end, function(level) scores_at(ranking, level))
  chosen <- if (levels$end > 0) ranking$order[seq_len(sum(ranking$seeds > 0))]
  parts <- lapply(chosen, function(group) {
    reached <- 0:ranking$level[group]
    data.frame(ranking$rates[rep(group, length(reached)), ranking$by, drop = FALSE],
               until = level_name(levels, ranking$level[group]), rung = reached + 1,
               at = level_name(levels, reached),
               score = vapply(reached, function(level) scores[[level + 1]][group], 0))
  })
  table <- do.call(rbind, parts)
  if (is.null(table))
    return(data.frame(ranking$rates[0, ranking$by, drop = FALSE], until = character(),
                      rung = numeric(), at = character(), score = numeric()))
  rownames(table) <- NULL
  table
}

# The score of each group at a level; NA where not all of its runs came there.
scores_at <- function(ranking, level) {
  score <- scores(ranking, values_at(ranking$table, ranking$levels, ranking$metric, level,
                                     worst_of(ranking)))
  score[ranking$level < level] <- NA
  score
}

#' Who went on
#'
#' The score of every setting at each rung that it came to, and in the end: settings that were trained to
#' the end are drawn through, and a cross marks where the others were stopped. Losses are on a
#' logarithmic axis; a score that is infinite, as most runs diverged, has no place there.
#'
#' @inheritParams scores_at_rungs
#' @return A ggplot.
#' @export
plot_rung_scores <- function(runs, metric = NULL) {
  ranking <- rank_groups(runs, NULL, 1, metric)
  table <- scores_at_rungs(runs, NULL, metric)
  if (nrow(table) == 0) stop("no run of these results was stopped at a rung", call. = FALSE)
  places <- level_name(ranking$levels, 0:ranking$levels$end)
  table$setting <- cumsum(table$rung == 1)
  lost <- ranking$lost[ranking$order][table$setting]
  kinds <- c("to the end", "stopped", "diverged")
  table$kind <- ifelse(lost, kinds[3], ifelse(table$until == "end", kinds[1], kinds[2]))
  of <- vapply(kinds, function(kind) length(unique(table$setting[table$kind == kind])), 0L)
  table$kind <- factor(table$kind, kinds[of > 0], paste(of, kinds)[of > 0])
  last <- table[!duplicated(table$setting, fromLast = TRUE) & table$until != "end", ]
  table$score[!is.finite(table$score)] <- NA
  faint <- min(0.8, max(0.15, 30 / max(table$setting)))
  ggplot2::ggplot(table, ggplot2::aes(.data$rung, .data$score, group = .data$setting,
                                      colour = .data$kind, linetype = .data$kind)) +
    ggplot2::geom_line(alpha = faint, na.rm = TRUE) +
    ggplot2::geom_point(alpha = faint, size = 1, na.rm = TRUE) +
    ggplot2::geom_point(data = last, shape = 4, colour = "#444444", na.rm = TRUE) +
    ggplot2::scale_colour_manual(values = c(okabe_ito[1], "#909090", "#000000")[of > 0]) +
    ggplot2::scale_linetype_manual(values = c("solid", "solid", "dotted")[of > 0]) +
    ggplot2::scale_x_continuous(breaks = seq_along(places), labels = gsub(" ", "\n", places)) +
    (if (ranking$accuracy) ggplot2::scale_y_continuous(limits = c(0, 1), labels = percent) else
      ggplot2::scale_y_log10()) +
    ggplot2::labs(x = NULL, y = paste("score:", ranking$metric), colour = NULL,
                  linetype = NULL,
                  subtitle = lines_of(sprintf("scores of %d settings at the rungs",
                                              max(table$setting)))) +
    look() +
    no_overlaps() +
    ggplot2::theme(legend.position = "bottom", legend.key.height = ggplot2::unit(1, "lines"),
                   legend.margin = ggplot2::margin(0, 0, 0, 0)) +
    ggplot2::guides(colour = ggplot2::guide_legend(ncol = 2),
                    linetype = ggplot2::guide_legend(ncol = 2))
}
