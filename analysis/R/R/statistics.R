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
bootstrap_interval <- function(values) {
  n <- length(values)
  if (n == 0) return(c(low = NA_real_, high = NA_real_))
  sorted <- sort(values)
  if (sorted[1] == sorted[n]) return(c(low = sorted[1], high = sorted[1]))
  means <- resampled_means(sorted)
  stats::setNames(stats::quantile(means, c(0.025, 0.975), names = FALSE), c("low", "high"))
}

resample_count <- function(n) max(200, min(1000, 2000000 %/% n))

known_weights <- new.env()

# Interquartile means of the resamples: the weights of the sorted values depend on n alone.
resampled_means <- function(sorted) {
  n <- length(sorted)
  key <- as.character(n)
  if (!is.null(known_weights[[key]])) return(as.vector(known_weights[[key]] %*% sorted))
  count <- resample_count(n)
  at_once <- max(1, min(count, 2000000 %/% n))
  draw <- index_stream(n)
  means <- numeric(0)
  while (length(means) < count) {
    rows <- min(at_once, count - length(means))
    weights <- resample_weights(matrix(draw(rows * n), rows, byrow = TRUE), n)
    if (rows == count) known_weights[[key]] <- weights
    means <- c(means, as.vector(weights %*% sorted))
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

#' One-sided exact sign test
#'
#' @param wins,losses Pairs that the first and that the second of two settings won; ties left out.
#' @return The probability of at least as many wins among fair tosses. Of pairs of successes and
#'   failures it is McNemar's exact test.
#' @export
sign_test <- function(wins, losses) {
  stats::pbinom(wins - 1, wins + losses, 0.5, lower.tail = FALSE)
}
