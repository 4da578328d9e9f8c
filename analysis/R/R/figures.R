# Figures. Colours are those of Okabe and Ito with a grey for their yellow (up to eight), as in Python,
# or viridis; colour-blind people can tell them apart.

okabe_ito <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
               "#606060")
shapes <- c(16, 15, 17, 18, 25, 3, 8, 4)
MOST_CELLS <- 100 # values along one side of a map

colours_for <- function(values) {
  count <- length(unique(values))
  if (count <= length(okabe_ito)) {
    list(ggplot2::scale_colour_manual(values = okabe_ito), ggplot2::scale_fill_manual(
      values = okabe_ito))
  } else {
    list(ggplot2::scale_colour_viridis_d(end = 0.95), ggplot2::scale_fill_viridis_d(end = 0.95))
  }
}

# Letters have the size of the session's theme.
base_size <- function() ggplot2::theme_get()$text$size

look <- function() {
  ggplot2::theme_minimal(base_size = base_size()) +
    ggplot2::theme(panel.grid.minor = ggplot2::element_blank(),
                   plot.title.position = "plot",
                   plot.background = ggplot2::element_rect(fill = "white", colour = NA))
}

# Lines of a subtitle.
lines_of <- function(...) paste(strwrap(paste0(...), 55), collapse = "\n")

# Labels that would lie on others are left out.
no_overlaps <- function() {
  ggplot2::guides(x = ggplot2::guide_axis(check.overlap = TRUE),
                  y = ggplot2::guide_axis(check.overlap = TRUE))
}

percent <- function(shares) paste0(round(100 * shares), " %")
shown <- function(values) if (is.numeric(values)) shown_values(values, 4) else as.character(values)

# One text for each value, different ones for different values: whole numbers in full, others with the
# fewest digits, at least so many, with which no two read alike and no fraction reads as a whole one.
shown_values <- function(values, fewest = 6) {
  if (all(is.na(values))) return(rep("none", length(values)))
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
  ifelse(is.na(values), "none", trimws(text(values, digits)))
}

# Distinct values in their order as a factor.
as_category <- function(table, name) {
  values <- missing_none(table[[name]], name)
  distinct <- sort(unique(values), na.last = TRUE)
  factor(match(values, distinct), seq_along(distinct), shown(distinct))
}

# Values as a factor, in their order: "3", or "3, 0.8" of several parameters.
label_groups <- function(table, by) {
  if (length(by) == 0) return(factor(rep("all runs", nrow(table))))
  texts <- lapply(by, function(name) shown(missing_none(table[[name]], name)))
  labels <- do.call(paste, c(texts, sep = ", "))
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
plot_loss_bands <- function(results, by = NULL, runs = results,
                            probabilities = c(0.25, 0.75), most = 6) {
  runs <- as_table(runs)
  if (is.null(by)) by <- swept(runs)
  bands <- loss_bands(results, by, runs, probabilities)
  if (nrow(bands) == 0) stop("no run is finished: there are no curves to draw", call. = FALSE)
  if (!any(is.finite(bands$median) & bands$step > 0))
    stop("more than half of the runs of every setting diverged: no median of the loss is finite",
         call. = FALSE)
  bands$group <- label_groups(bands, by)
  last <- vapply(split(bands$median, bands$group), utils::tail, 0, n = 1)
  # Settings that were stopped at a rung come after the others.
  ends <- vapply(split(bands$step, bands$group), max, 0)
  if (!any(runs$status %in% STOPPED)) ends[] <- 0
  drawn <- names(last)[order(-ends, last)][seq_len(min(most, length(last)))]
  lost <- sum(is.infinite(last[drawn]))
  bands <- bands[bands$group %in% drawn, ]
  bands$group <- droplevels(bands$group)
  # A loss of 0 has no place on a logarithmic axis; a curve ends where most of its runs diverged.
  bands <- bands[bands$median > 0 & is.finite(bands$median), ]
  bands$low <- pmax(bands$low, min(bands$low[bands$low > 0]))
  chosen <- if (length(last) > most) sprintf("the best %d of %d: ", most, length(last)) else ""
  ended <- if (lost > 0) sprintf("; %d of %d curves end, as most of their runs diverged", lost,
                                 length(drawn)) else ""
  columns <- if (length(by) > 1) 2
  ggplot2::ggplot(bands, ggplot2::aes(.data$step, .data$median, colour = .data$group,
                                      fill = .data$group)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high), alpha = 0.15,
                         colour = NA, show.legend = FALSE) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::scale_y_log10() +
    colours_for(bands$group) +
    ggplot2::labs(x = "update", y = "cross entropy",
                  colour = if (length(by) > 0) paste(by, collapse = ", "),
                  subtitle = lines_of(chosen, sprintf(
                    "median, and quantiles %g to %g, of up to %d runs", probabilities[1],
                    probabilities[2], max(bands$runs)), ended)) +
    look() +
    (if (length(by) != 1) ggplot2::theme(legend.position = "bottom",
                                         legend.key.height = ggplot2::unit(1, "lines"),
                                         legend.margin = ggplot2::margin(0, 0, 0, 0))) +
    ggplot2::guides(colour = ggplot2::guide_legend(ncol = columns, title.position = "top"))
}

# Those of settings with finished runs.
finished_rates <- function(table, by, threshold) {
  rates <- as.data.frame(success_rates(table, by, threshold))
  rates <- rates[rates$runs > 0 & !is.na(rates$solved_share), ]
  if (nrow(rates) == 0)
    stop("none of ", nrow(table), " runs is finished: there is nothing to draw", call. = FALSE)
  rates
}

#' Heat map of success over two parameters
#'
#' Cells without finished runs are empty.
#'
#' @inheritParams success_rates
#' @param x,y Names of the parameters; by default the two with the most values, up to 100. Runs are
#'   pooled over all others.
#' @return A ggplot.
#' @export
plot_success_map <- function(runs, x = NULL, y = NULL, threshold = 1) {
  table <- as_table(runs)
  need(c(x, y), table)
  count <- vapply(union(c(x, y), swept(table)), function(name) length(unique(table[[name]])), 0L)
  for (name in c(x, y)) if (count[[name]] > MOST_CELLS)
    stop(name, " has ", count[[name]], " values; a map holds ", MOST_CELLS, call. = FALSE)
  most <- setdiff(names(sort(-count[count <= MOST_CELLS])), c(x, y))
  if (length(c(x, y, most)) < 2)
    stop("fewer than two parameters vary over at most ", MOST_CELLS, " values", call. = FALSE)
  if (is.null(x)) { x <- most[1]; most <- most[-1] }
  if (is.null(y)) y <- most[1]
  rates <- finished_rates(table, c(x, y), threshold)
  rates$column <- as_category(rates, x)
  rates$line <- as_category(rates, y)
  few <- nrow(rates) <= 150
  ggplot2::ggplot(rates, ggplot2::aes(.data$column, .data$line, fill = .data$solved_share)) +
    ggplot2::geom_tile(colour = "white") +
    (if (few) ggplot2::geom_text(
      ggplot2::aes(label = percent(.data$solved_share), colour = .data$solved_share > 0.5),
      size = 0.75 * base_size() / ggplot2::.pt)) +
    ggplot2::scale_colour_manual(values = c("white", "black"), guide = "none") +
    ggplot2::scale_fill_viridis_c(limits = c(0, 1), labels = percent) +
    ggplot2::labs(x = x, y = y, fill = "solved",
                  subtitle = sprintf("share of solved runs, %s in each cell",
                                     paste(unique(range(rates$runs)), collapse = " to "))) +
    look() +
    ggplot2::theme(panel.grid = ggplot2::element_blank(),
                   axis.text.x = ggplot2::element_text(angle = if (few) 0 else 45, hjust = 0.5)) +
    no_overlaps()
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
  rates$place <- as_category(rates, x)
  rates$group <- label_groups(rates, colour)
  dodge <- ggplot2::position_dodge(width = if (is.null(colour)) 0 else 0.4)
  ggplot2::ggplot(rates, ggplot2::aes(.data$place, .data$solved_share, colour = .data$group,
                                      shape = .data$group, group = .data$group)) +
    ggplot2::geom_line(position = dodge, alpha = 0.5) +
    ggplot2::geom_pointrange(
      ggplot2::aes(ymin = .data$solved_share_95_low, ymax = .data$solved_share_95_high),
      position = dodge, fatten = 2) +
    ggplot2::scale_y_continuous(limits = c(0, 1), labels = percent) +
    colours_for(rates$group) +
    ggplot2::scale_shape_manual(values = rep_len(shapes, nlevels(rates$group))) +
    ggplot2::labs(x = x, y = "solved", colour = colour, shape = colour,
                  subtitle = lines_of("share of solved runs with 95 % intervals over seeds")) +
    look() +
    no_overlaps() +
    ggplot2::theme(legend.position = if (is.null(colour)) "none" else "right")
}
