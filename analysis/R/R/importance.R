# How much each parameter matters: the decomposition of variance on a full grid.

#' Which parameters matter
#'
#' Shares of the variance of the metric between configurations: of each parameter, of each pair, and
#' of the rest (three and more together). On a full grid, every combination of the values with the same
#' seeds, they are exact for these values: the functional ANOVA of Hoeffding (1948). The noise of the
#' seeds is taken out by products of effects of different seeds, so that a share may come out below 0
#' where there is nothing. Intervals are of the jackknife over seeds with Student's quantile. Of
#' losses, which may be infinite, the ranks of the runs are split. The numbers are those of
#' `rnnsweep summary --importance` and of Python's `rnnsweep.importance`, which also knows what to do
#' where the runs are no full grid.
#'
#' @inheritParams configuration_table
#' @param level Confidence of the intervals.
#' @param pairs Whether pairs of parameters have shares of their own.
#' @return A data frame, the largest share first: `effect` ("states", "states x momentum", ...,
#'   "rest"), `share`, `share_95_low` and `share_95_high`.
#' @references Hoeffding (1948), Annals of Mathematical Statistics 19:293. Hutter et al. (2014), ICML.
#'   Efron and Stein (1981), Annals of Statistics 9:586.
#' @export
importance <- function(runs, metric = NULL, level = 0.95, pairs = TRUE) {
  if (length(swept(runs)) == 0)
    stop("nothing is swept but the seed: no parameter can matter", call. = FALSE)
  ranking <- rank_groups(runs, NULL, 1, metric)
  if (!any(ranking$member)) stop("no run is finished", call. = FALSE)
  until <- min(ranking$level[ranking$seeds > 0])
  values <- values_at(ranking$table, ranking$levels, ranking$metric, until, worst_of(ranking))
  if (!ranking$accuracy) values <- rank(values, na.last = "keep") / sum(!is.na(values))
  grid <- full_grid(ranking, values)
  effects <- grid_effects(grid, ranking$by, pairs)
  table <- shares_of(effects, grid, ranking, level)
  structure(table, class = c("rnnsweep_table", "data.frame"), by = character(0),
            metric = ranking$metric, unit = ranking$unit_name, held = ranking$held,
            note = c(sprintf("Shares of the variance of %s between configurations, over %d %ss.",
                             if (ranking$accuracy) ranking$metric
                             else paste("the ranks of", ranking$metric), ncol(grid$values),
                             ranking$unit_name), level_note(ranking$levels, until), unit_notes(ranking)))
}

# values [configuration, seed] over the seeds that have finished runs in every configuration, and for
# each parameter the level of each configuration, `levels` [configuration, parameter].
full_grid <- function(ranking, values) {
  refuse <- function(...)
    stop("the runs are no full grid: ", ..., "; Python's rnnsweep.importance takes a random forest",
         call. = FALSE)
  keys <- ranking$rates[ranking$by]
  levels <- vapply(keys, function(column) match(column, unique(column)), integer(ranking$count))
  levels <- matrix(levels, ranking$count)
  if (prod(apply(levels, 2, max)) != ranking$count) refuse("some combinations of values are missing")
  table <- matrix(NA_real_, ranking$count, max(ranking$unit))
  place <- cbind(ranking$group, ranking$unit)
  if (anyDuplicated(place[, 1] + ranking$count * (place[, 2] - 1)))
    refuse("a configuration has several runs of a ", ranking$unit_name)
  table[place] <- values
  whole <- colSums(is.na(table)) == 0
  if (sum(whole) < 3)
    refuse("fewer than 3 ", ranking$unit_name, "s have finished runs in every configuration")
  list(values = table[, whole, drop = FALSE], levels = levels)
}

# For each seed: the effects of every level, [level, seed], and of every pair of levels beyond them.
grid_effects <- function(grid, names, pairs) {
  centred <- sweep(grid$values, 2, colMeans(grid$values))
  margin <- function(code) rowsum(centred, code) / as.vector(table(code))
  effects <- lapply(seq_along(names), function(axis) margin(grid$levels[, axis]))
  names(effects) <- names
  for (one in if (pairs) seq_len(length(names) - 1)) for (other in (one + 1):length(names)) {
    most <- max(grid$levels[, other])
    code <- (grid$levels[, one] - 1) * most + grid$levels[, other]
    both <- margin(code)
    pair <- as.integer(rownames(both)) - 1
    effects[[paste(names[one], "x", names[other])]] <- both -
      effects[[one]][pair %/% most + 1, , drop = FALSE] -
      effects[[other]][pair %% most + 1, , drop = FALSE]
  }
  effects
}

# The mean square of effects [element, seed] without the noise of the seeds, then the same without
# each seed in turn: sums over pairs of different seeds.
grid_variances <- function(effects) {
  seeds <- ncol(effects)
  total <- rowSums(effects)
  own <- as.vector(crossprod(effects, total))
  squares <- colSums(effects^2)
  products <- sum(total^2) - sum(squares)
  left <- products - 2 * own + 2 * squares
  c(products / (seeds * (seeds - 1)), left / ((seeds - 1) * (seeds - 2))) / nrow(effects)
}

shares_of <- function(effects, grid, ranking, level) {
  whole <- grid_variances(sweep(grid$values, 2, colMeans(grid$values)))
  if (any(whole <= 0))
    stop("the configurations do not differ in ", ranking$metric, ": nothing matters", call. = FALSE)
  shares <- lapply(effects, function(effect) grid_variances(effect) / whole)
  axes <- length(ranking$by)
  if (length(shares) > 1 && (axes > 2 || length(shares) < axes + axes * (axes - 1) / 2))
    shares$rest <- 1 - Reduce(`+`, shares)
  seeds <- ncol(grid$values)
  wide <- student_quantile(seeds - 1, level)
  rows <- vapply(shares, function(share) {
    left <- share[-1]
    error <- sqrt((seeds - 1) / seeds * sum((left - mean(left))^2))
    centre <- max(0, share[1]) # a share below 0 says that it is small, not how small
    c(share[1], max(0, centre - wide * error), min(1, centre + wide * error))
  }, numeric(3))
  table <- data.frame(effect = names(shares), share = rows[1, ], low = rows[2, ], high = rows[3, ])
  names(table)[3:4] <- sprintf("share_%g_%s", 100 * level, c("low", "high"))
  table <- table[order(-table$share), ]
  rownames(table) <- NULL
  table
}
