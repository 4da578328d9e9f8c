# Figures. Colours are those of Okabe and Ito (up to eight) or viridis, which colour-blind people can
# tell apart and which survive black-and-white print.

okabe_ito <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
               "#F0E442")

colours_for <- function(values) {
  count <- length(unique(values))
  if (count <= length(okabe_ito)) {
    list(ggplot2::scale_colour_manual(values = okabe_ito), ggplot2::scale_fill_manual(
      values = okabe_ito))
  } else {
    list(ggplot2::scale_colour_viridis_d(end = 0.95), ggplot2::scale_fill_viridis_d(end = 0.95))
  }
}

look <- function() {
  ggplot2::theme_minimal(base_size = 12) +
    ggplot2::theme(panel.grid.minor = ggplot2::element_blank(),
                   plot.title.position = "plot",
                   plot.background = ggplot2::element_rect(fill = "white", colour = NA))
}

percent <- function(shares) paste0(round(100 * shares), " %")
shown <- function(values) if (is.numeric(values)) shown_values(values, 4) else as.character(values)

# One text for each value, different ones for different values: whole numbers in full, others with the
# fewest digits, at least so many, with which no two read alike and no fraction reads as a whole one.
shown_values <- function(values, fewest = 6) {
  if (is.logical(values)) return(tolower(as.character(values)))
  if (!is.numeric(values)) return(as.character(values))
  whole <- function(x) !is.na(x) & x == round(x) & abs(x) < 1e15
  text <- function(x, digits) ifelse(
    whole(x), formatC(x, format = "f", digits = 0), formatC(x, digits = digits, format = "g"))
  distinct <- sort(unique(values))
  digits <- fewest
  while (digits < 17) {
    texts <- text(distinct, digits)
    if (!anyDuplicated(texts) && all(whole(as.numeric(texts)) == whole(distinct))) break
    digits <- digits + 1
  }
  ifelse(is.na(values), "none", text(values, digits))
}

# Distinct values in their order as a factor.
as_category <- function(values) {
  distinct <- sort(unique(values), na.last = TRUE)
  factor(match(values, distinct), seq_along(distinct), shown(distinct))
}

# "states = 3, momentum = 0.8"
label_groups <- function(table, by) {
  if (length(by) == 0) return(factor(rep("all runs", nrow(table))))
  parts <- lapply(by, function(name) {
    paste(if (length(by) > 1) paste(name, "="), shown(table[[name]]))
  })
  labels <- trimws(do.call(paste, c(parts, sep = ", ")))
  order <- do.call(order, unname(as.list(table[by])))
  factor(labels, unique(labels[order]))
}

#' Loss curves with bands over seeds
#'
#' The median of the loss of each update, and the band between two quantiles.
#'
#' @inheritParams loss_bands
#' @param most Draw at most so many settings, those with the lowest median at the end.
#' @return A ggplot.
#' @export
plot_loss_bands <- function(results, by = NULL, runs = run_table(results),
                            probabilities = c(0.25, 0.75), most = 6) {
  if (is.null(by)) by <- swept(runs)
  bands <- loss_bands(results, by, runs, probabilities)
  if (nrow(bands) == 0) stop("no run is finished: there are no curves to draw", call. = FALSE)
  if (!any(is.finite(bands$median) & bands$step > 0))
    stop("more than half of the runs of every setting diverged: no median of the loss is finite",
         call. = FALSE)
  bands$group <- label_groups(bands, by)
  bands <- bands[bands$median > 0, ] # a loss of 0 has no place on a logarithmic axis
  bands$low <- pmax(bands$low, min(bands$low[bands$low > 0]))
  settings <- nlevels(bands$group)
  bands <- bands[is.finite(bands$median), ] # of a setting that mostly diverged, its start
  last <- vapply(split(bands$median, bands$group), utils::tail, 0, n = 1)
  bands <- bands[bands$group %in% names(sort(last))[seq_len(min(most, settings))], ]
  bands$group <- droplevels(bands$group)
  chosen <- if (settings > most) sprintf("the best %d of %d: ", most, settings) else ""
  ggplot2::ggplot(bands, ggplot2::aes(.data$step, .data$median, colour = .data$group,
                                      fill = .data$group)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high), alpha = 0.15,
                         colour = NA, show.legend = FALSE) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::scale_y_log10() +
    colours_for(bands$group) +
    ggplot2::labs(x = "update", y = "cross entropy of the minibatch",
                  colour = if (length(by) == 1) by,
                  subtitle = sprintf("%smedian, and quantiles %g to %g, of up to %d runs", chosen,
                                     probabilities[1], probabilities[2], max(bands$runs))) +
    look() +
    (if (length(by) != 1) ggplot2::theme(legend.position = "bottom")) +
    ggplot2::guides(colour = ggplot2::guide_legend(ncol = if (length(by) > 1) 2))
}

# Those of settings with finished runs.
finished_rates <- function(table, by, threshold) {
  rates <- as.data.frame(success_rates(table, by, threshold))
  rates <- rates[rates$runs > 0, ]
  if (nrow(rates) == 0)
    stop("none of ", nrow(table), " runs is finished: there is nothing to draw", call. = FALSE)
  rates
}

#' Heat map of success over two parameters
#'
#' @inheritParams success_rates
#' @param x,y Names of the parameters; by default the two with the most values. Runs are pooled over
#'   all others.
#' @return A ggplot.
#' @export
plot_success_map <- function(runs, x = NULL, y = NULL, threshold = 1) {
  table <- as_table(runs)
  if (is.null(x) || is.null(y)) {
    count <- vapply(swept(table), function(name) length(unique(table[[name]])), 0L)
    most <- setdiff(names(sort(-count)), c(x, y))
    if (length(c(x, y, most)) < 2) stop("fewer than two parameters vary", call. = FALSE)
    if (is.null(x)) { x <- most[1]; most <- most[-1] }
    if (is.null(y)) y <- most[1]
  }
  need(c(x, y), table)
  rates <- finished_rates(table, c(x, y), threshold)
  rates$column <- as_category(rates[[x]])
  rates$line <- as_category(rates[[y]])
  few <- nrow(rates) <= 150
  ggplot2::ggplot(rates, ggplot2::aes(.data$column, .data$line, fill = .data$solved_share)) +
    ggplot2::geom_tile(colour = "white") +
    (if (few) ggplot2::geom_text(
      ggplot2::aes(label = percent(.data$solved_share), colour = .data$solved_share > 0.5),
      size = 3)) +
    ggplot2::scale_colour_manual(values = c("white", "black"), guide = "none") +
    ggplot2::scale_fill_viridis_c(limits = c(0, 1), labels = percent) +
    ggplot2::labs(x = x, y = y, fill = "solved",
                  subtitle = sprintf("share of solved runs, %s in each cell",
                                     paste(unique(range(rates$runs)), collapse = " to "))) +
    look() +
    ggplot2::theme(panel.grid = ggplot2::element_blank(),
                   axis.text.x = ggplot2::element_text(angle = if (few) 0 else 45, hjust = 0.5))
}

#' Success against one parameter
#'
#' The share of solved runs with its 95 % interval over seeds.
#'
#' @inheritParams success_rates
#' @param x Name of the parameter along the axis.
#' @param colour Name of another one, a line for each of its values, or `NULL`.
#' @return A ggplot.
#' @export
plot_success <- function(runs, x = "states", colour = NULL, threshold = 1) {
  table <- as_table(runs)
  need(c(x, colour), table)
  rates <- finished_rates(table, c(x, colour), threshold)
  rates$place <- as_category(rates[[x]])
  rates$group <- label_groups(rates, colour)
  dodge <- ggplot2::position_dodge(width = if (is.null(colour)) 0 else 0.4)
  ggplot2::ggplot(rates, ggplot2::aes(.data$place, .data$solved_share, colour = .data$group,
                                      group = .data$group)) +
    ggplot2::geom_line(position = dodge, alpha = 0.5) +
    ggplot2::geom_pointrange(
      ggplot2::aes(ymin = .data$solved_share_95_low, ymax = .data$solved_share_95_high),
      position = dodge, fatten = 2) +
    ggplot2::scale_y_continuous(limits = c(0, 1), labels = percent) +
    colours_for(rates$group) +
    ggplot2::labs(x = x, y = "solved", colour = colour,
                  subtitle = "share of solved runs with 95 % intervals over seeds") +
    look() +
    ggplot2::theme(legend.position = if (is.null(colour)) "none" else "right")
}
