# Data files that R writes: ncdf4 reads them back, and the program knows what they are.
library(rnnsweep)

folder <- tempfile("sequences")
dir.create(folder)
setwd(folder)
program <- Sys.getenv("RNNSWEEP")
writeLines(c("method: grid", "data: own.nc", "parameters: {states: 2, epochs: 1, batch_size: 2}"),
           "own.yaml")

planned <- function() paste(system2(program, c("plan", "own.yaml"), stdout = TRUE), collapse = "\n")
says <- function(text) stopifnot(grepl(text, planned(), fixed = TRUE))
fails <- function(pattern, ...) {
  message <- tryCatch({ write_sequences("other.nc", ...); "" }, error = conditionMessage)
  if (!grepl(pattern, message)) stop("'", message, "' does not say ", pattern)
  stopifnot(!file.exists("other.nc"), length(list.files(".", "^[.]sequences", all.files = TRUE)) == 0)
}

x <- array(seq_len(60) / 7, c(4, 5, 3))
y <- array(seq_len(40) / 3, c(4, 5, 2))
set <- list(inputs = x, targets = y, weights = matrix(2, 4, 5))
write_sequences("own.nc", set, set, tolerance = 0.25)
says("3 reals -> 2 reals; train 4 x 5 steps, test 4 x 5")
nc <- ncdf4::nc_open("own.nc")
stopifnot(all.equal(aperm(ncdf4::ncvar_get(nc, "train/inputs")), x),
          all.equal(aperm(ncdf4::ncvar_get(nc, "test/targets")), y),
          ncdf4::ncatt_get(nc, "train/targets", "tolerance")$value == 0.25)
ncdf4::nc_close(nc)

symbols <- matrix(c(0, 1, 2, 1, 0, 0), 2, 3)
write_sequences("own.nc", list(inputs = symbols, targets = symbols),
                list(inputs = symbols, targets = symbols), overwrite = TRUE, classes = 7)
says("3 symbols -> 7 classes;")
write_sequences("own.nc", list(inputs = symbols, targets = 0:1),
                list(inputs = symbols, targets = 0:1), validation = list(inputs = symbols,
                targets = 0:1), overwrite = TRUE)
says("3 symbols -> 2 classes at the last step;")
write_sequences("own.nc", list(inputs = x, targets = x > 4), list(inputs = x, targets = x > 4),
                overwrite = TRUE)
says("3 reals -> 3 bits;")

broken <- set
broken$inputs[2, 3, 1] <- NaN
fails("/train/inputs[[]2,3,1[]]: is NaN", broken, set)
fails("/test: has no targets", set, list(inputs = x))
fails("/train: mask: a set has inputs", c(set, list(mask = 1)), set)
fails("/train/weights: is [[]4, 6[]]", utils::modifyList(set, list(weights = matrix(1, 4, 6))), set)
fails("/train/targets: has numbers that are not whole",
      list(inputs = symbols, targets = symbols / 2), set)
before <- readBin("own.nc", "raw", 1e6)
stopifnot(inherits(try(write_sequences("own.nc", set, set), silent = TRUE), "try-error"),
          identical(before, readBin("own.nc", "raw", 1e6)))

# A sweep that is ranked by the loss on the test set, in the program and here.
writeLines(c("method: grid", "data: own.nc", "seeds: 3", "metric: {name: test_loss, goal: minimize}",
             "parameters: {states: [2, 3], epochs: 2, batch_size: 2}"), "own.yaml")
stopifnot(system2(program, c("run", "own.yaml"), stdout = FALSE, stderr = FALSE) == 0)
theirs <- read.csv(text = system2(program, c("summary", "results/own.h5", "--csv"), stdout = TRUE))
ours <- configuration_table(open_results("results/own.h5"))
stopifnot(all(is.finite(theirs$score)), all.equal(theirs$score, ours$score, tolerance = 1e-12),
          all.equal(theirs$states, ours$states))
