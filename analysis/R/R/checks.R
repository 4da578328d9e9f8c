# Checks on validation sets, and weights at checkpoints: what runs were like on their way.

#' Bands of validation curves
#'
#' Quantiles over runs of what the checks on validation sets found: Python's
#' `rnnsweep.validation_bands`. A run that diverged has an accuracy of 0 and an infinite loss from then
#' on; of one that its own rule stopped, the last check stands for those that it would have had.
#'
#' @inheritParams loss_bands
#' @param what `"accuracy"`, the share of right sequences, or `"loss"`.
#' @return A data frame with the values of `by`, `check` (updates), `runs`, `median`, `low` and `high`.
#' @export
validation_bands <- function(results, by = NULL, what = c("accuracy", "loss"),
                             runs = results, probabilities = c(0.25, 0.75)) {
  what <- match.arg(what)
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  need(by, runs)
  runs <- rows_of(runs, runs$status %in% c(FINISHED, STOPPED))
  bands_of(runs, by, validation_checks(results, runs, what), "check", probabilities)
}

# [run, check], to the last update that a run could have made; NA at checks that it does not have.
validation_checks <- function(results, runs, what) {
  found <- with_file(results, function(nc) {
    name <- paste0("validation_", what)
    if (is.null(nc$var[[name]]))
      stop("no run of these results has a validation set: validation_samples", call. = FALSE)
    values <- t(ncdf4::ncvar_get(nc, name, collapse_degen = FALSE)) # [run, check]
    colnames(values) <- as.vector(ncdf4::ncvar_get(nc, "check"))
    values[row_of_run(nc, runs$run), , drop = FALSE]
  })
  found[is.nan(found)] <- NA
  updates <- as.numeric(colnames(found))
  own <- runs$check_interval > 0
  epoch <- updates_of_epoch(runs)
  first <- apply(!is.na(found), 1, function(made) which(made)[1])
  interval <- ifelse(is.na(first), ifelse(own, runs$check_interval, epoch), updates[first])
  most <- runs$epochs * ifelse(own, epoch, interval)
  stopped <- runs$stop_reason %in% c("stop_loss", "stop_accuracy", "patience") & !is.na(first)
  for (row in which(runs$validation_samples > 0 & (runs$status == DIVERGED | stopped))) {
    due <- updates %% interval[row] == 0 & updates <= most[row]
    made <- which(!is.na(found[row, ]))
    if (runs$status[row] == DIVERGED)
      found[row, due & updates >= runs$diverged_at[row]] <- if (what == "loss") Inf else 0
    else
      found[row, due & is.na(found[row, ])] <- found[row, made[length(made)]]
  }
  found
}

#' How far the weights have moved
#'
#' The norm of all parameters' change since they were drawn, over the norm of the drawn ones, at each
#' checkpoint: Python's `rnnsweep.weight_change`.
#'
#' @inheritParams loss_bands
#' @return A data frame with the values of `by`, `checkpoint` (updates), `runs`, and `median`, `low` and
#'   `high`, the median and the quartiles over the runs that came to it.
#' @export
weight_change <- function(results, by = NULL, runs = results) {
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  need(by, runs)
  runs <- rows_of(runs, runs$status %in% c(FINISHED, STOPPED))
  bands_of(runs, by, weight_changes(results, runs$run), "checkpoint", c(0.25, 0.75))
}

# [run, checkpoint]
weight_changes <- function(results, runs) {
  with_file(results, function(nc) {
    updates <- if (is.null(nc$dim$checkpoint)) numeric() else
      as.vector(ncdf4::ncvar_get(nc, "checkpoint"))
    if (!0 %in% updates)
      stop("these results have no checkpoint at update 0: give the sweep checkpoints: log2, and run ",
           "it again", call. = FALSE)
    changes <- matrix(NA_real_, length(runs), length(updates), dimnames = list(runs, updates))
    tensors <- grep("^weights/.*_at$", names(nc$var), value = TRUE)
    for (group in unique(dirname(tensors))) {
      rows <- match(runs, as.vector(ncdf4::ncvar_get(nc, paste0(group, "/run_id"))))
      own <- which(!is.na(rows))
      if (length(own) > 0)
        changes[own, ] <- changes_of_group(nc, tensors[dirname(tensors) == group], rows[own],
                                           match(0, updates))
    }
    changes[is.nan(changes)] <- NA
    changes
  })
}

# first: place of the checkpoint before training.
changes_of_group <- function(nc, tensors, rows, first) {
  sizes <- vapply(tensors, function(name) prod(utils::head(nc$var[[name]]$size, -1)), 0)
  at_once <- max(1, 8000000 %/% sum(sizes)) # rows
  parts <- lapply(split(seq_along(rows), (order(order(rows)) - 1) %/% at_once), function(places) {
    part <- rows[places]
    moved <- drawn <- 0
    for (name in tensors) {
      rank <- nc$var[[name]]$ndims
      values <- ncdf4::ncvar_get(nc, name, c(rep(1, rank - 1), min(part)),
                                 c(rep(-1, rank - 1), diff(range(part)) + 1), collapse_degen = FALSE)
      extent <- dim(values)
      values <- array(values, c(prod(extent[seq_len(rank - 2)]), extent[rank - 1:0]))
      values <- values[, , part - min(part) + 1, drop = FALSE] # [number, checkpoint, run]
      start <- values[, rep(first, dim(values)[2]), , drop = FALSE]
      moved <- moved + colSums((values - start)^2)
      drawn <- drawn + colSums(start^2)
    }
    sqrt(t(moved)) / sqrt(t(drawn))
  })
  found <- do.call(rbind, parts)
  found[match(seq_along(rows), unlist(split(seq_along(rows), (order(order(rows)) - 1) %/% at_once),
                                      use.names = FALSE)), , drop = FALSE]
}
