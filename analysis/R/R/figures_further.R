# Figures of validation curves, of accuracy over length and of the change of the weights.

# Lines over a column of the table, with bands between its columns `low` and `high`.
band_figure <- function(table, x, by) {
  table$group <- label_groups(table, by)
  columns <- if (length(by) > 1) 2
  ggplot2::ggplot(table, ggplot2::aes(.data[[x]], .data$middle, colour = .data$group)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high, fill = .data$group),
                         alpha = 0.15, colour = NA, show.legend = FALSE) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 1.2) +
    colours_for(table$group) +
    ggplot2::labs(colour = if (length(by) > 0) paste(by, collapse = ", ")) +
    look() +
    (if (length(by) == 0) ggplot2::theme(legend.position = "none")) +
    (if (length(by) > 1) ggplot2::theme(legend.position = "bottom",
                                        legend.key.height = ggplot2::unit(1, "lines"),
                                        legend.margin = ggplot2::margin(0, 0, 0, 0))) +
    ggplot2::guides(colour = ggplot2::guide_legend(ncol = columns, title.position = "top"))
}

named_middle <- function(table, middle, low = "low", high = "high") {
  for (name in c("middle", "low", "high"))
    table[[name]] <- table[[switch(name, middle = middle, low = low, high = high)]]
  table
}

#' Accuracy over length
#'
#' Accuracy of tests at `test_lengths` against their steps: the interquartile mean over seeds with its
#' 95 % bootstrap band. The trained lengths are shaded.
#'
#' @inheritParams accuracy_by_length
#' @return A ggplot.
#' @export
plot_accuracy_over_length <- function(results, by = NULL) {
  runs <- run_table(results)
  if (is.null(by)) by <- swept(runs)
  table <- accuracy_by_length(results, by)
  table <- table[!is.na(table$test_accuracy_iqm), ] # where not all diverged
  if (nrow(table) == 0) stop("no run is done: there is nothing to draw", call. = FALSE)
  trained <- range(runs$sequence_length)
  shade <- data.frame(from = min(table$test_length, trained), to = trained[2])
  table <- named_middle(table, "test_accuracy_iqm", "test_accuracy_iqm_95_low",
                        "test_accuracy_iqm_95_high")
  figure <- band_figure(table, "test_length", by)
  figure$layers <- c(ggplot2::geom_rect(
    data = shade, ggplot2::aes(xmin = .data$from, xmax = .data$to, ymin = 0, ymax = 1),
    inherit.aes = FALSE, fill = "grey90"), figure$layers)
  figure +
    (if (max(table$test_length) > 8 * min(table$test_length)) ggplot2::scale_x_log10()) +
    ggplot2::scale_y_continuous(limits = c(0, 1), labels = percent) +
    ggplot2::labs(x = "steps of the tested sequences", y = "share of right sequences",
                  subtitle = lines_of("interquartile mean over seeds, with 95 % intervals"))
}

#' How far the weights have moved
#'
#' The median over runs with a band between the quartiles, at the `checkpoints` of the sweep.
#'
#' @inheritParams weight_change
#' @return A ggplot.
#' @export
plot_weight_paths <- function(results, by = NULL, runs = results) {
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  table <- weight_change(results, by, runs)
  if (nrow(table) == 0) stop("no run is finished: there is nothing to draw", call. = FALSE)
  last <- max(table$checkpoint)
  breaks <- c(0, 10^(0:max(0, floor(log10(max(last, 1))))))
  band_figure(named_middle(table, "median"), "checkpoint", by) +
    ggplot2::scale_x_continuous(trans = "log1p", breaks = breaks) +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(x = "updates", y = "relative change of the weights",
                  subtitle = lines_of("median and quartiles over runs"))
}

#' Validation curves
#'
#' What the checks on validation sets found: the median over runs and the band between two quantiles.
#'
#' @inheritParams validation_bands
#' @return A ggplot.
#' @export
plot_validation_curves <- function(results, by = NULL, what = c("accuracy", "loss"),
                                   runs = results, probabilities = c(0.25, 0.75)) {
  what <- match.arg(what)
  if (is.null(by)) by <- swept(runs)
  bands <- validation_bands(results, by, what, runs, probabilities)
  bands <- bands[is.finite(bands$median), ]
  if (nrow(bands) == 0)
    stop("no median of the checks is finite: there are no curves to draw", call. = FALSE)
  band_figure(named_middle(bands, "median"), "check", by) +
    (if (what == "loss") ggplot2::scale_y_log10() else
      ggplot2::scale_y_continuous(limits = c(0, 1), labels = percent)) +
    ggplot2::labs(x = "updates", y = paste(what, "on the validation set"),
                  subtitle = lines_of(sprintf("median, and quantiles %g to %g, of up to %d runs",
                                              probabilities[1], probabilities[2], max(bands$runs))))
}
