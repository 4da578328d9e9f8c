# The R package on files that the program writes, against `rnnsweep summary --json`, `predict --json`
# and R's own statistics on columns that hdf5r reads.
library(rnnsweep)

program <- Sys.getenv("RNNSWEEP")
folder <- tempfile("rnnsweep-")
dir.create(folder)
path <- file.path(folder, "a.h5")

call_program <- function(...) {
  out <- suppressWarnings(system2(program, shQuote(c(...)), stdout = TRUE, stderr = FALSE))
  if (!is.null(attr(out, "status"))) stop("rnnsweep ", paste(..., collapse = " "), " failed")
  out
}
call_json <- function(...) jsonlite::fromJSON(paste(call_program(...), collapse = "\n"))
number <- function(value) if (is.null(value)) NA_real_ else as.numeric(value)
same <- function(a, b, tolerance = 1e-12) {
  equal <- all.equal(a, b, tolerance = tolerance, check.attributes = FALSE)
  if (!isTRUE(equal)) stop(paste(deparse(substitute(a)), "is wrong:", paste(equal, collapse = "; ")))
}

# Some solve the task, some do not, some diverge; a choice and a flag among the columns.
writeLines(c(
  "name: r-test", "method: grid", "parameters:", "  states: [2, 4]",
  "  learning_rate: [0.02, 0.06, 1.7e308]", "  batching: [disjoint, sliding]",
  "  sequence_length: 6", "  train_samples: 300", "  test_samples: 40", "  batch_size: 30",
  "  epochs: 10", "seeds: 13"), file.path(folder, "sweep.yaml"))
call_program("run", file.path(folder, "sweep.yaml"), "-o", path)
if (nzchar(Sys.getenv("COMPRESSED"))) call_program("merge", path, path, "--compress")
results <- open_results(path)
table <- run_table(results)

# Every dataset as hdf5r sees it; in a process of its own, as it traps the errors that ncdf4 expects.
reading <- c("arguments <- commandArgs(TRUE)", "file <- hdf5r::H5File$new(arguments[1], 'r')",
             "names <- names(Filter(function(o) inherits(o, 'H5D'),",
             "  sapply(file$ls(TRUE)$name, function(name) file[[name]])))",
             "saveRDS(sapply(names, function(name) file[[name]]$read(drop = FALSE)), arguments[2])")
script <- file.path(folder, "read.R")
writeLines(reading, script)
system2(file.path(R.home("bin"), "Rscript"),
        c("--vanilla", script, path, file.path(folder, "raw.rds")))
raw <- readRDS(file.path(folder, "raw.rds"))
column <- function(name) as.vector(raw[[name]])

# The table
stopifnot(nrow(table) == 156, identical(swept(results), c("states", "learning_rate", "batching")),
          is.factor(table$batching), is.logical(table$gradient_check), all(is.na(table$data_seed)))
for (name in c("run", "states", "learning_rate", "seed", "diverged_at", "wall_time"))
  same(table[[name]], column(name))
done <- column("status") == 1
for (name in c("initial_loss", "final_loss", "test_accuracy", "test_bit_accuracy"))
  same(table[[name]][done], column(name)[done])
stopifnot(sum(table$status == "diverged") == 52, all(is.na(table$test_accuracy[!done])))

# Groups as the program has them: best first by mean accuracy; here sought by their values.
check_groups <- function(by, threshold, ...) {
  arguments <- if (length(by) > 0) c("--by", paste(by, collapse = ","))
  groups <- call_json("summary", path, "--json", "--threshold", threshold, "--loss-level", 0.3,
                      arguments)$groups
  rates <- success_rates(results, by, threshold)
  stand <- standings(results, by)
  times <- solution_times(results, 0.3)
  place <- function(frame, i) {
    chosen <- rep(TRUE, nrow(frame))
    for (name in by) chosen <- chosen & frame[[name]] == groups$parameters[[name]][i]
    chosen
  }
  stopifnot(nrow(rates) == nrow(groups), nrow(stand) == nrow(groups))
  for (i in seq_len(nrow(groups))) {
    group <- groups[i, ]
    rate <- rates[place(rates, i), ]
    same(c(rate$runs, rate$diverged, rate$solved), c(group$runs, group$diverged, group$solved))
    same(c(rate$low, rate$high), group$solved_share_95[[1]])
    prop <- suppressWarnings(prop.test(rate$solved, rate$runs, correct = FALSE))
    same(c(rate$low, rate$high), prop$conf.int, 1e-9)
    for (measure in c("accuracy", "loss"))
      for (what in c("mean", "median", "iqm")) {
        file_name <- c(accuracy = "test_accuracy", loss = "final_loss")[[measure]]
        value <- rate[[paste(measure, what, sep = "_")]]
        same(if (is.nan(value)) NA_real_ else value, number(group[[paste(file_name, what, sep = "_")]]))
      }
    for (measure in c("test_accuracy", "final_loss")) {
      interval <- bootstrap_interval(table[[measure]][place(table, i) & done])
      same(interval, number(group[[paste0(measure, "_iqm_95")]][[1]]))
    }
    own <- stand[place(stand, i), ]
    stopifnot(own$standing == group$standing)
    if (group$standing != "best")
      same(c(own$pairs, own$wins, own$losses, own$worse_p),
           c(group$pairs, group$pairs_won_by_best, group$pairs_lost_by_best, group$worse_p), 1e-9)
    updates <- times$updates[place(times, i)]
    same(sum(is.finite(updates)), group$reached)
    middle <- median(updates)
    same(if (is.finite(middle)) middle else NA_real_, number(group$updates_median))
  }
}
check_groups(c("states", "learning_rate", "batching"), 1)
check_groups("states", 0.5)
check_groups("batching", 0.5)

# Pairs, against R's own tests
pair <- compare_settings(results, list(states = 4, learning_rate = 0.06),
                         list(states = 2, learning_rate = 0.06), threshold = 0.9)
first <- table[table$states == 4 & table$learning_rate == 0.06, ]
second <- table[table$states == 2 & table$learning_rate == 0.06, ]
stopifnot(identical(first$seed, second$seed), pair$pairs == 26)
a <- first$test_accuracy
b <- second$test_accuracy
same(pair$solved, base::table(factor(a >= 0.9, c(FALSE, TRUE)), factor(b >= 0.9, c(FALSE, TRUE))))
disagree <- c(sum(a >= 0.9 & b < 0.9), sum(a < 0.9 & b >= 0.9))
same(pair$mcnemar_p, binom.test(disagree[1], sum(disagree))$p.value)
same(pair$sign_p, binom.test(sum(a > b), sum(a != b))$p.value)
same(c(pair$difference, pair$low, pair$high),
     c(mean(a - b), t.test(a, b, paired = TRUE)$conf.int))
stopifnot(inherits(try(compare_settings(results, list(states = 4), list(states = 9)), TRUE),
                   "try-error"))

# Curves, bands, weights
same(loss_curves(results, c(7, 3, 4)), t(raw[["loss"]][, c(8, 4, 5)]))
bands <- loss_bands(results, "states", probabilities = c(0.1, 0.9))
curves <- t(raw[["loss"]][, done & column("states") == 2])
for (what in list(list("low", 0.1), list("median", 0.5), list("high", 0.9)))
  same(bands[[what[[1]]]][bands$states == 2], apply(curves, 2, quantile, what[[2]]))
weights <- weights_of(results, 80)
stored <- function(name) raw[[paste0("weights/states_4/", name)]]
row <- match(80, stored("run_id"))
same(weights$W_rec, t(stored("W_rec")[, , row]))
same(weights$W_in, t(stored("W_in")[, , row]))
same(weights$b_rec, stored("b_rec")[, row])

# Sums, against the program
for (run in c(0, 80)) {
  sums <- predict(results, run, c(3, 31, 17), c(5, 30, 12))
  for (i in 1:3) {
    said <- call_json("predict", path, run, sums$a[i], sums$b[i], "--json")
    same(attr(sums, "outputs")[i, ], said$outputs, 1e-5)
    same(c(sums$sum[i], sums$answer[i], sums$right[i]), c(said$sum, said$answer, said$right))
  }
}
for (wrong in list(c(32, 1), c(-1, 1), c(1.5, 1)))
  stopifnot(inherits(try(predict(results, 0, wrong[1], wrong[2]), TRUE), "try-error"))
stopifnot(inherits(try(open_results("nowhere.h5"), TRUE), "try-error"),
          inherits(try(loss_curves(results, 999), TRUE), "try-error"))

# Every figure draws, with its labels, into every format.
figures <- list(plot_loss_bands(results), plot_loss_bands(results, "states"),
                plot_success_map(results), plot_success_map(results, "batching", "states"),
                plot_success(results), plot_success(results, "learning_rate", "states"))
for (figure in figures) {
  stopifnot(nzchar(figure$labels$x), nzchar(figure$labels$y), nzchar(figure$labels$subtitle))
  for (format in c("png", "pdf")) {
    file <- file.path(folder, paste0("figure.", format))
    suppressMessages(ggplot2::ggsave(file, figure, width = 6, height = 4, dpi = 60))
    stopifnot(file.size(file) > 2000)
  }
}
stopifnot(inherits(try(plot_success(results, "colour"), TRUE), "try-error"))
