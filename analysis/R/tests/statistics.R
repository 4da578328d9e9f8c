# The statistics against R's own and, for what depends on NumPy's generator, against NumPy.
library(rnnsweep)

for (case in list(c(0, 1), c(0, 10), c(10, 10), c(3, 10), c(380, 1000))) {
  interval <- wilson_interval(case[1], case[2])
  expected <- suppressWarnings(prop.test(case[1], case[2], correct = FALSE))$conf.int
  stopifnot(all.equal(c(interval$low, interval$high), as.vector(expected), tolerance = 1e-9))
}
stopifnot(identical(unlist(wilson_interval(0, 0)), c(low = 0, high = 1)),
          wilson_interval(5, 5)$high == 1, wilson_interval(0, 5)$low == 0,
          nrow(wilson_interval(0:3, 3)) == 4)

# Of equal differences it is the sign test; of others, all choices of signs are counted.
for (case in list(c(8, 2), c(2, 8), c(30, 10), c(250, 200), c(1, 0))) {
  expected <- binom.test(case[1], sum(case), alternative = "greater")$p.value
  stopifnot(all.equal(sign_flip_test(rep(c(0.3, -0.3), case)), expected))
}
for (differences in list(c(0.3, 0.2, -0.1, 0, 0.4, -0.3, 0.5), sin(1:13) + 0.3)) {
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(differences))))
  expected <- mean(signs %*% abs(differences) >= sum(differences) - 1e-6)
  stopifnot(identical(sign_flip_test(differences), expected))
}
stopifnot(sign_flip_test(numeric(0)) == 1, sign_flip_test(c(0, 0)) == 1)

# scipy.stats.trim_mean([1, 2, 4, ...][:n], 0.25)
trimmed <- c(1, 1.5, 7 / 3, 3, 14 / 3, 7.5, 12.4)
for (n in 1:7) stopifnot(all.equal(interquartile_mean(2^(0:(n - 1))), trimmed[n]))

# numpy.random.RandomState(0).randint(0, 100, 5); R's own stream is left alone
set.seed(1)
before <- .Random.seed
stopifnot(identical(rnnsweep:::index_stream(100)(5), c(44, 47, 64, 67, 67)),
          identical(before, .Random.seed))

# numpy.percentile([trim_mean(x[i], 0.25) over resamples i], [2.5, 97.5]) of x = sqrt(0..n-1)
bootstrapped <- list(c(2, 0, 1), c(5, 0.3333333333333333, 1.910683602522959),
                     c(30, 3.112922410965484, 4.281241813847263),
                     c(10001, 69.4227235959839, 70.57492709399042),
                     c(30, 3.112922410965484, 4.281241813847263))
for (case in bootstrapped) {
  interval <- bootstrap_interval(rev(sqrt(seq_len(case[1]) - 1)))
  stopifnot(all.equal(unname(interval), case[2:3], tolerance = 1e-11))
}
stopifnot(all(is.na(bootstrap_interval(numeric(0)))),
          identical(unname(bootstrap_interval(c(3, 3))), c(3, 3)))
