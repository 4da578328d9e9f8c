# Statistics over seeds, by the same definitions as `rnnsweep summary`.

#' Wilson's score interval
#'
#' @param solved,runs Successes and trials; vectors.
#' @param level Confidence.
#' @return A data frame with `low` and `high`, between 0 and 1; 0 and 1 without trials. The interval
#'   of `prop.test(correct = FALSE)`.
#' @references Wilson (1927), JASA 22.
#' @export
wilson_interval <- function(solved, runs, level = 0.95) {
  z <- stats::qnorm((1 + level) / 2)
  share <- solved / runs
  centre <- share + z^2 / (2 * runs)
  half <- z * sqrt(share * (1 - share) / runs + z^2 / (4 * runs^2))
  low <- (centre - half) / (1 + z^2 / runs)
  high <- (centre + half) / (1 + z^2 / runs)
  # At the ends the bound is exact, which rounding would miss by a last bit.
  data.frame(low = ifelse(runs == 0 | solved == 0, 0, low),
             high = ifelse(runs == 0 | solved == runs, 1, high))
}

#' Interquartile mean
#'
#' @param values Numbers.
#' @return Their mean without the floor(n / 4) smallest and largest.
#' @export
interquartile_mean <- function(values) mean(values, trim = 0.25)

#' Bootstrap interval of the interquartile mean
#'
#' The percentile interval over resamples of the sorted values with the indices
#' `numpy.random.RandomState(0).randint(0, n, size = (B, n))`: exactly that of `rnnsweep summary`.
#' B is 1000 up to 2000 values and falls to 200 from 10000 on.
#'
#' @param values Numbers.
#' @return `c(low, high)` at 95 %; `NA` without values.
#' @export
bootstrap_interval <- function(values) bootstrap_of_each(list(values))[, 1]

# Intervals of many samples, [low and high, sample]: those of one size share their resamples.
bootstrap_of_each <- function(samples) {
  found <- matrix(NA_real_, 2, length(samples), dimnames = list(c("low", "high"), NULL))
  sizes <- lengths(samples)
  for (n in unique(sizes[sizes > 0])) {
    places <- which(sizes == n)
    # So many samples at once that their resamples take 40 MB.
    for (some in split(places, (seq_along(places) - 1) %/% max(1, 5000000 %/% resample_count(n)))) {
      sorted <- matrix(vapply(samples[some], sort, numeric(n)), n)
      means <- resampled_means(sorted)
      found[, some] <- vapply(seq_along(some), function(place) {
        if (sorted[1, place] == sorted[n, place]) return(sorted[c(1, 1), place])
        ordered <- sort.int(means[, place], method = "quick")
        c(quantile_of(ordered, 0.025), quantile_of(ordered, 0.975))
      }, c(0, 0))
    }
  }
  found
}

resample_count <- function(n) max(200, min(1000, 2000000 %/% n))

known_weights <- new.env()

# Interquartile means of the resamples of sorted samples [value, sample]: [resample, sample]. The
# weights of the sorted values depend on their number alone.
resampled_means <- function(sorted) {
  n <- nrow(sorted)
  key <- as.character(n)
  if (!is.null(known_weights[[key]])) return(known_weights[[key]] %*% sorted)
  count <- resample_count(n)
  at_once <- max(1, min(count, 2000000 %/% n))
  draw <- index_stream(n)
  means <- matrix(0, 0, ncol(sorted))
  while (nrow(means) < count) {
    rows <- min(at_once, count - nrow(means))
    weights <- resample_weights(matrix(draw(rows * n), rows, byrow = TRUE), n)
    if (rows == count) known_weights[[key]] <- weights
    means <- rbind(means, weights %*% sorted)
  }
  means
}

# How often each sorted value is among the middle ones of a resample, over their number.
# indices: [resample, n], from 0. Returns [resample, n].
resample_weights <- function(indices, n) {
  rows <- nrow(indices)
  counts <- matrix(tabulate(row(indices) + rows * indices, rows * n), rows)
  low <- n %/% 4
  high <- n - low
  before <- 0
  for (i in seq_len(n)) {
    after <- before + counts[, i]
    counts[, i] <- pmax(0, pmin(after, high) - pmax(before, low))
    before <- after
  }
  counts / (high - low)
}

# A function that returns the next `count` draws of RandomState(0).randint(0, n). R has the same
# generator; NumPy takes the lowest bits of its words that n - 1 needs and rejects larger ones.
index_stream <- function(n) {
  bits <- ceiling(log2(n))
  state <- c(10403L, 624L, mersenne_words(0))
  left <- numeric(0)
  function(count) {
    kept <- get0(".Random.seed", globalenv(), inherits = FALSE)
    on.exit(if (is.null(kept)) rm(".Random.seed", envir = globalenv()) else
      assign(".Random.seed", kept, globalenv()))
    assign(".Random.seed", state, globalenv())
    while (length(left) < count) {
      words <- floor(stats::runif(ceiling(1.1 * (count - length(left)) * 2^bits / n)) * 2^32)
      draws <- words %% 2^bits
      left <<- c(left, draws[draws < n])
    }
    state <<- get(".Random.seed", globalenv())
    taken <- left[seq_len(count)]
    left <<- left[-seq_len(count)]
    taken
  }
}

# The 624 words of MT19937 after init_genrand(seed), as signed integers (Matsumoto and Nishimura
# 1998): w[i] = 1812433253 (w[i-1] xor (w[i-1] >> 30)) + i modulo 2^32, exact in doubles by halves.
mersenne_words <- function(seed) {
  words <- numeric(624)
  words[1] <- seed
  for (i in seq_len(623)) {
    last <- words[i]
    mixed <- last - last %% 4 + bitwXor(last %% 4, last %/% 2^30)
    product <- (mixed * 27655) %% 65536 * 65536 + mixed * 35173 # 27655 * 65536 + 35173
    words[i + 1] <- (product + i) %% 2^32
  }
  as.integer(ifelse(words >= 2^31, words - 2^32, words))
}

#' Exact paired test by flipping signs
#'
#' Could these differences be luck of the seeds? If two settings are the same in truth, every seed's
#' difference could as well have the other sign. p is the share of all choices of signs whose sum is
#' at least that of the differences. Up to 20 differences that are not 0 all choices are counted; up
#' to 512 by the shift algorithm on a grid of their common step, or of 1/8192 of their sum; beyond by
#' the normal distribution. Of differences that are 0 or +-1 it is the sign test.
#'
#' @param differences One number per seed.
#' @return The one-sided p; 1 without differences.
#' @references Fisher (1935), The Design of Experiments, section 21. Pitman (1937), JRSS Supplement 4.
#'   Pagano and Tritchler (1983), JASA 78:435.
#' @export
sign_flip_test <- function(differences) {
  steps <- round(1e6 * differences)
  steps <- steps[steps != 0]
  steps <- steps[order(abs(steps), steps)]
  count <- length(steps)
  sizes <- abs(steps)
  total <- sum(sizes)
  if (count <= 20) return(count_subsets(sizes, (total - sum(steps)) / 2 + 0.5 * count))
  step <- common_step(sizes)
  if (count > 512)
    return(stats::pnorm((sum(steps) - step) / sqrt(sum(steps^2)), lower.tail = FALSE))
  sizes <- if (step > 0 && total / step <= 8192) round(sizes / step)
  else floor(sizes * (8192 / total) + 0.5)
  shift_subsets(sizes, sum(sizes[steps < 0]))
}

two_sided <- function(differences)
  min(1, 2 * min(sign_flip_test(differences), sign_flip_test(-differences)))

# The shifts of the differences that the test does not reject, within -1..1.
sign_flip_interval <- function(differences, level = 0.95) {
  tail <- (1 - level) / 2
  edge <- function(rejected, inside, outside) {
    if (!rejected(outside)) return(outside)
    for (i in seq_len(40)) {
      middle <- (inside + outside) / 2
      if (rejected(middle)) outside <- middle else inside <- middle
    }
    inside
  }
  c(edge(function(shift) sign_flip_test(differences - shift) <= tail, mean(differences), -1),
    edge(function(shift) sign_flip_test(shift - differences) <= tail, mean(differences), 1))
}

# The smallest size when all are multiples of it, otherwise 0. They rise.
common_step <- function(sizes) {
  times <- round(sizes / sizes[1])
  if (all(abs(sizes - times * sizes[1]) <= 0.5 * (times + 1))) sizes[1] else 0
}

# Share of the subsets whose sum is at most the limit, half against half.
count_subsets <- function(sizes, limit) {
  subset_sums <- function(part) Reduce(function(sums, size) c(sums, sums + size), part, 0)
  half <- length(sizes) %/% 2
  first <- subset_sums(sizes[seq_len(half)])
  second <- sort(subset_sums(sizes[half + seq_len(length(sizes) - half)]))
  sum(findInterval(limit - first, second)) / 2^length(sizes)
}

# The same for whole sizes; ways holds the share of the subsets of each sum.
shift_subsets <- function(sizes, limit) {
  ways <- c(1, numeric(limit))
  largest <- 0
  for (size in sizes) {
    largest <- min(limit, largest + size)
    shorter <- ways[seq_len(largest + 1)]
    moved <- if (size > largest) 0 else c(numeric(size), shorter[seq_len(largest + 1 - size)])
    ways[seq_len(largest + 1)] <- 0.5 * (shorter + moved)
  }
  min(1, sum(ways))
}

# Wilson's interval of a share out of `trials`, which need be no whole numbers.
wilson_of_share <- function(share, trials, level) {
  z <- stats::qnorm((1 + level) / 2)
  centre <- share + z^2 / (2 * trials)
  half <- z * sqrt(share * (1 - share) / trials + z^2 / (4 * trials^2))
  scale <- 1 + z^2 / trials
  data.frame(low = ifelse(share <= 0, 0, (centre - half) / scale),
             high = ifelse(share >= 1, 1, (centre + half) / scale))
}

# Student's quantile by the expansion of Cornish and Fisher (Abramowitz and Stegun, 26.7.5).
student_quantile <- function(freedom, level) {
  z <- stats::qnorm((1 + level) / 2)
  g <- c(z^3 + z, 5 * z^5 + 16 * z^3 + 3 * z, 3 * z^7 + 19 * z^5 + 17 * z^3 - 15 * z,
         79 * z^9 + 776 * z^7 + 1482 * z^5 - 1920 * z^3 - 945 * z) / c(4, 96, 384, 92160)
  z + g[1] / freedom + g[2] / freedom^2 + g[3] / freedom^3 + g[4] / freedom^4
}

# Intervals of the shares solved of groups, from what each seed has: see wilson_interval().
# solved, finished: by cell; group: of the cell, 1..count.
wilson_of_seeds <- function(solved, finished, group, count, level) {
  total <- function(values) sums_by(values, group, count)
  seeds <- total(rep(1, length(group)))
  runs <- total(finished)
  all <- total(solved)
  share <- all / runs
  spread <- total((solved - share[group] * finished)^2)
  rarer <- ifelse(2 * all <= runs, total(solved > 0), total(solved < finished))
  ratio <- stats::qnorm((1 + level) / 2) /
    student_quantile(pmin(seeds - 1, pmax(1, rarer)), level)
  worth <- share * (1 - share) * runs^2 * (seeds - 1) / (seeds * spread) * ratio^2
  effective <- pmin(pmax(ifelse(spread > 0, worth, runs), seeds), runs)
  effective <- ifelse(seeds < 2 | all == 0 | all == runs, seeds, effective)
  interval <- wilson_of_share(share, ifelse(runs == seeds, runs, effective), level)
  interval$low[runs == 0] <- 0
  interval$high[runs == 0] <- 1
  interval
}

# Sums by group, 1..count; 0 for a group without values. Groups of about the same size are the
# columns of a matrix: rowsum() would name each of them.
sums_by <- function(values, group, count) {
  values <- as.numeric(values)
  size <- tabulate(group, count)
  most <- max(size, 0L)
  if (most * as.numeric(count) <= 4 * length(values) + 1000) {
    columns <- numeric(most * count)
    order <- order(group)
    place <- seq_along(order) - (cumsum(size) - size)[group[order]]
    columns[place + most * (group[order] - 1)] <- values[order]
    return(colSums(matrix(columns, most, count)))
  }
  sums <- numeric(count)
  found <- rowsum(values, group)
  sums[as.integer(rownames(found))] <- found
  sums
}

# Values by group, 1..count: a list of vectors.
split_by <- function(values, group, count) {
  levels <- structure(as.integer(group), levels = as.character(seq_len(count)), class = "factor")
  unname(split(values, levels))
}

# Type 7 of quantile(), where infinities are numbers like others. sorted, without NA.
quantile_of <- function(sorted, share) {
  count <- length(sorted)
  if (count == 0) return(NA_real_)
  place <- share * (count - 1)
  below <- floor(place)
  low <- sorted[below + 1]
  high <- sorted[min(below + 2, count)]
  if (low == high || place == below) low else low + (place - below) * (high - low)
}
