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
          is.factor(table$batching), is.logical(table$gradient_check), all(table$data_seed == -1))
for (name in c("run", "states", "learning_rate", "seed", "diverged_at", "wall_time"))
  same(table[[name]], column(name))
done <- column("status") == 1
for (name in c("initial_loss", "final_loss", "test_accuracy", "test_bit_accuracy"))
  same(table[[name]][done], column(name)[done])
stopifnot(sum(table$status == "diverged") == 52, all(is.na(table$test_accuracy[!done])))

# The best run is the program's.
stopifnot(best_run(results) == call_json("show", path, "best", "--json")$run,
          best_run(subset(table, states == 2)) == call_json("show", path, "best", "states=2", "--json")$run)

# A run by its settings is the program's; numbers as they are printed do.
some <- table[37, ]
settings <- unique(c(swept(results), "seed"))
printed <- lapply(some[settings], function(value) if (is.double(value)) signif(value, 6) else value)
words <- vapply(settings, function(name) paste0(name, "=", if (is.na(printed[[name]])) "none" else printed[[name]]), "")
asked <- do.call(call_json, c("show", path, as.list(words), "--json"))$run
stopifnot(asked == some$run,
          do.call(only_run, c(list(results), printed)) == some$run,
          identical(runs_where(results, states = 4)$run, table$run[table$states == 4]),
          best_run(runs_where(results, states = 2)) == best_run(subset(table, states == 2)))
said <- function(expression) conditionMessage(tryCatch(expression, error = identity))
stopifnot(grepl("runs are like that, .* for instance: add values", said(only_run(results, states = 2))),
          grepl("no run has states 99; there are ", said(only_run(results, states = 99)), fixed = TRUE),
          grepl("stats", said(only_run(results, stats = 2)), fixed = TRUE),
          grepl("by name", said(only_run(results, 2)), fixed = TRUE))

# Groups as the program has them, in its order, to twelve digits.
check_groups <- function(by, threshold, ...) {
  arguments <- if (length(by) > 0) c("--by", paste(by, collapse = ","))
  groups <- call_json("summary", path, "--json", "--threshold", threshold, "--loss-level", 0.3,
                      arguments)$groups
  own <- configuration_table(results, by, threshold)
  times <- time_to_loss(results, 0.3, by)
  stopifnot(nrow(own) == nrow(groups))
  for (name in by) stopifnot(all(as.character(own[[name]]) == as.character(groups$parameters[[name]])))
  for (name in setdiff(names(groups), c("parameters", "standing"))) {
    if (is.list(groups[[name]])) {
      bounds <- do.call(rbind, lapply(groups[[name]], number))
      same(own[[paste0(name, "_low")]], bounds[, 1])
      same(own[[paste0(name, "_high")]], bounds[, 2])
    } else if (name %in% names(own)) same(as.numeric(own[[name]]), number(groups[[name]]))
  }
  stopifnot(own$standing == groups$standing)
  place <- match(do.call(paste, own[by]), do.call(paste, times[by]))
  for (name in c("reached", "censored_share")) same(times[[name]][place], groups[[name]])
  for (name in c("lower_quartile", "median", "upper_quartile", "expected")) {
    value <- times[[name]][place]
    same(ifelse(is.finite(value), value, NA_real_), number(groups[[paste0("updates_", name)]]))
  }
}
check_groups(c("states", "learning_rate", "batching"), 1)
check_groups("states", 0.5)
check_groups("batching", 0.5)
stopifnot(identical(names(success_rates(results, "states")),
                    names(configuration_table(results, "states"))[1:11]))

# Two settings; one pair a seed is McNemar's test
fixed <- table[table$batching == "disjoint" & table$learning_rate == 0.06, ]
one <- compare_settings(fixed, list(states = 4), list(states = 2), threshold = 0.9)
right <- split(fixed$test_accuracy >= 0.9, fixed$states)
disagree <- c(sum(right[["4"]] & !right[["2"]]), sum(!right[["4"]] & right[["2"]]))
stopifnot(one$pairs == 13, one$seeds == 13, c(one$only_a, one$only_b) == disagree)
same(one$p_solved, binom.test(disagree[1], sum(disagree))$p.value)
pair <- compare_settings(results, list(states = 4), list(states = 2), threshold = 0.9)
stopifnot(pair$seeds == 13, pair$pairs == 78, nrow(as.data.frame(pair)) == 2,
          length(capture.output(print(pair))) >= 5, all(nchar(capture.output(print(pair))) <= 80))
wrong <- function(...) inherits(try(compare_settings(results, ...), TRUE), "try-error")
stopifnot(wrong(list(states = 4), list(states = 9)), wrong(list(states = 4), list(batching = "sliding")),
          wrong(list(learning_rate = c(0.02, 0.06)), list(learning_rate = 1.7e308)))
message_of <- function(expression) tryCatch(expression, error = conditionMessage)
stopifnot(message_of(success_rates(results, "stats")) ==
            "no parameter is called 'stats'; did you mean states?")

# Labels tell values apart.
label <- rnnsweep:::shown_values
stopifnot(label(c(0.99999, 0.999999), 4) == c("0.99999", "0.999999"),
          label(c(20230001, 20230002), 4) == c("20230001", "20230002"),
          label(c(100000, 100050), 4) == c("100000", "100050"), label(1.7e308 / 3) == "5.66667e+307")

# Curves, bands, weights
same(loss_curves(results, c(7, 3, 4)), t(raw[["loss"]][, c(8, 4, 5)]))
bands <- loss_bands(results, "states", probabilities = c(0.1, 0.9))
curves <- t(raw[["loss"]][, column("states") == 2])
lost <- column("status")[column("states") == 2] == 2
curves[lost, -1] <- Inf # one update loses them
order_statistic <- function(share) apply(curves, 2, function(losses) {
  place <- share * (length(losses) - 1) + 1
  around <- sort(losses)[c(floor(place), ceiling(place))]
  if (around[1] == around[2]) around[1] else around[1] + place %% 1 * diff(around)
})
for (what in list(list("low", 0.1), list("median", 0.5), list("high", 0.9))) {
  band <- bands[[what[[1]]]][bands$states == 2]
  expected <- order_statistic(what[[2]])
  stopifnot(is.finite(band) == is.finite(expected))
  same(band[is.finite(band)], expected[is.finite(expected)])
}
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

# Letters have the size of the session's theme; curves that end are counted.
before <- ggplot2::theme_set(ggplot2::theme_grey(base_size = 7))
stopifnot(plot_success(results)$theme$text$size == 7)
ggplot2::theme_set(before)
stopifnot(
  grepl("1 of 3 curves end", gsub("\n", " ", plot_loss_bands(results, "learning_rate")$labels$subtitle)),
  !grepl("curves end", plot_loss_bands(results, "states")$labels$subtitle))

# Bands and figures of thousands of groups touch each curve once, whatever their order.
many <- run_table(results)
many <- many[rev(seq_len(nrow(many))), ]
attr(many, "parameters") <- results$parameters
many$momentum <- seq_len(nrow(many)) / 1000
each <- loss_bands(results, "momentum", many)
curves <- rnnsweep:::recorded_losses(results, many)
same(each$median, as.vector(t(curves))[!is.na(as.vector(t(curves)))])
stopifnot(all(each$runs == 1), identical(each$median, each$low),
          inherits(plot_loss_bands(results, "momentum", many), "ggplot"),
          grepl("momentum has 156 values", message_of(plot_success_map(many, "momentum"))))

# Nothing finished, and all diverged: what there is is said.
for (status in 0:2 * 1L) {
  if (status == 1) next
  changed <- file.path(folder, "changed.h5")
  file.copy(path, changed, overwrite = TRUE)
  writeLines(c("arguments <- commandArgs(TRUE)", "file <- hdf5r::H5File$new(arguments[1], 'r+')",
               "file[['status']][] <- rep(as.integer(arguments[2]), 156)", "file$close_all()"), script)
  if (nzchar(Sys.getenv("COMPRESSED"))) next
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script, changed, status))
  odd <- open_results(changed)
  rates <- configuration_table(odd)
  stopifnot(nrow(rates) == 12, all(rates$solved == 0))
  shown <- capture.output(print(rates))
  if (status == 0) {
    stopifnot("No run is finished." %in% shown, nrow(loss_bands(odd)) == 0,
              nrow(time_to_loss(odd, 0.3)) == 0,
              grepl("none of 156 runs is finished", message_of(plot_success(odd))),
              grepl("no run is finished", message_of(plot_loss_bands(odd))))
  } else {
    stopifnot(all(rates$diverged == 13), nrow(time_to_loss(odd, 0.3)) == 12,
              inherits(plot_success(odd), "ggplot"))
  }
}

# Checksums. A falsified number is in no checked table, and a falsified weight makes no answer.
checked <- open_results(path, check = TRUE)
same(run_table(checked), table)
stopifnot(grepl("checked the numbers of all runs", paste(capture.output(print(checked)), collapse = " ")))
with_file <- rnnsweep:::with_file
whole <- with_file(results, function(nc) vapply(seq_len(156), function(row)
  rnnsweep:::is_intact(nc, row, paste0("weights/states_", column("states")[row], "/")), NA))
stopifnot(isTRUE(all(whole)), isTRUE(all(with_file(results, rnnsweep:::intact_numbers))))
falsified <- file.path(folder, "falsified.h5")
file.copy(path, falsified)
writeLines(c("file <- hdf5r::H5File$new(commandArgs(TRUE)[1], 'r+')",
             "file[['test_accuracy']][7] <- 0.625",
             "file[['weights/states_2/b_in']][1, 2] <- 0.5", "file$close_all()"), script)
system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script, falsified))
messages <- character()
left <- withCallingHandlers(run_table(open_results(falsified, check = TRUE)), warning = function(w) {
  messages <<- c(messages, conditionMessage(w))
  invokeRestart("muffleWarning")
})
stopifnot(nrow(left) == 155, !column("run")[7] %in% left$run, length(messages) == 1,
          grepl("^1 of 156 runs are damaged and left out", messages))
refused <- function(run) tryCatch({
  weights_of(open_results(falsified), run)
  ""
}, error = conditionMessage)
second <- column("run")[column("states") == 2][2]
stopifnot(grepl("is damaged: its checksum is wrong", refused(second)),
          grepl("is damaged: its checksum is wrong", refused(column("run")[7])),
          refused(column("run")[8]) == "")
