# A results file in ncdf4, hdf5r and rhdf5: all three give the values that Python read, and the
# stored weights give the stored test accuracy in R.
#
#   Rscript test_readers.R RESULTS FOLDER
#
# FOLDER holds what test_r.py wrote: columns.csv, loss.csv, and of one run its weights and its test
# set. R sees dimensions in reverse: loss[step, run], W_rec[state, state_from, run_id].
arguments <- commandArgs(trailingOnly = TRUE)
results <- arguments[1]
expected <- function(name) read.csv(file.path(arguments[2], name), check.names = FALSE)
failures <- 0

check <- function(what, holds) {
  if (!isTRUE(holds)) {
    failures <<- failures + 1
    message("FAILED: ", what)
  }
}

same <- function(a, b) {
  a <- as.vector(a)
  b <- as.vector(b)
  length(a) == length(b) && all(is.na(a) == is.na(b)) && all(a == b, na.rm = TRUE)
}

columns <- expected("columns.csv")
loss <- as.matrix(expected("loss.csv")) # [run, step]
one <- expected("one.csv")              # run, states, test_accuracy
group <- paste0("weights/states_", one$states)

# ---- Readers: each gives column(name), loss() [step, run] and weight(name) of all runs -----------

library(ncdf4)
nc <- nc_open(results)
with_ncdf4 <- list(
  column = function(name) ncvar_get(nc, name),
  loss = function() ncvar_get(nc, "loss"),
  weight = function(name) ncvar_get(nc, paste0(group, "/", name), collapse_degen = FALSE))

library(hdf5r)
h5 <- H5File$new(results, "r")
with_hdf5r <- list(
  column = function(name) h5[[name]]$read(),
  loss = function() h5[["loss"]]$read(),
  weight = function(name) h5[[group]][[name]]$read(drop = FALSE))

with_rhdf5 <- list(
  column = function(name) rhdf5::h5read(results, name),
  loss = function() rhdf5::h5read(results, "loss"),
  weight = function(name) rhdf5::h5read(results, paste0(group, "/", name)))

readers <- list(ncdf4 = with_ncdf4, hdf5r = with_hdf5r, rhdf5 = with_rhdf5)

for (package in names(readers)) {
  reader <- readers[[package]]
  for (name in names(columns)) {
    check(paste(package, name), same(reader$column(name), columns[[name]]))
  }
  read <- reader$loss()
  check(paste(package, "dimensions of loss"), identical(dim(read), rev(dim(loss))))
  check(paste(package, "loss"), same(read, t(loss)))
}

# ---- Names of choices ----------------------------------------------------------------------------

meanings <- strsplit(ncatt_get(nc, "status", "flag_meanings")$value, " ")[[1]]
values <- ncatt_get(nc, "status", "flag_values")$value
status <- factor(ncvar_get(nc, "status"), values, meanings)
check("status as a factor", setequal(unique(as.character(status)), c("done", "diverged")))
check("dimensions have names", identical(
  vapply(nc$var[["loss"]]$dim, function(d) d$name, ""), c("step", "run")))

# ---- One network in each reader ------------------------------------------------------------------

bits <- expected("test_set.csv") # sample, step, a, b, target
steps <- max(bits$step) + 1
in_steps <- function(name) matrix(bits[[name]], nrow = steps) # [step, sample]
a <- in_steps("a")
b <- in_steps("b")
target <- in_steps("target")

# Share of wholly right sums of the network w, whose tensors are reversed: w$W_rec[to, from].
test_accuracy <- function(w) {
  s <- matrix(w$S0, nrow = length(w$S0), ncol = ncol(a)) # [state, sample]
  right <- rep(TRUE, ncol(a))
  for (k in seq_len(steps)) {
    s <- tanh(w$W_in %*% rbind(a[k, ], b[k, ]) + w$b_in + w$W_rec %*% s + w$b_rec)
    z <- as.vector(w$W_out %*% s) + as.vector(w$b_out)
    right <- right & (z > 0) == (target[k, ] == 1)
  }
  mean(right)
}

for (package in names(readers)) {
  reader <- readers[[package]]
  place <- match(one$run, reader$weight("run_id"))
  last <- function(x) { # the run's slice: the last dimension is run_id
    n <- dim(x)[seq_len(length(dim(x)) - 1)]
    size <- prod(n)
    array(as.vector(x)[(place - 1) * size + seq_len(size)], n)
  }
  names <- c("S0", "W_in", "b_in", "W_rec", "b_rec", "W_out", "b_out")
  w <- lapply(setNames(names, names), function(name) last(reader$weight(name)))
  for (name in names) {
    check(paste(package, name), same(w[[name]], expected(paste0(name, ".csv"))$value))
  }
  w[c("S0", "b_in", "b_rec", "b_out")] <- lapply(w[c("S0", "b_in", "b_rec", "b_out")], as.vector)
  check(paste(package, "test accuracy from weights"), test_accuracy(w) == one$test_accuracy)
}

nc_close(nc)
h5$close_all()
if (failures > 0) quit(status = 1)
cat("ncdf4, hdf5r and rhdf5 agree with Python on", length(columns), "columns,", length(loss),
    "losses and a network\n")
